using System.Globalization;
using HilBench.Checking;
using HilBench.Clients;
using HilBench.Devices;
using HilBench.Notifiers;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary>Everything that can be listed. Each list comes from the one place that knows it.</summary>
internal static class ListTopics
{
    /// <summary>All topics.</summary>
    public static IReadOnlyList<ListTopic> All { get; } =
    [
        new("suites", "built-in collections of scenarios (run --suite)", _ => Suites()),
        new("scenarios", "what a suite runs (run --filter)", Scenarios),
        new("rules", "what a device (or the host) must do", _ => Rules()),
        new("faults", "mistakes that the built-in devices can be told to make (--device 'rtl:?fault=ID')", _ => Faults()),
        new("profiles", "kernels whose notifier calls are played (run --profile)", _ => Profiles()),
        new("operations", "what the modelled kernel can be asked to do (steps of scenario files)", _ => Operations()),
        new("clients", "subscribers of the notifiers that a scenario can have (step client-add)", _ => Clients()),
        new("client-faults", "mistakes that they can be told to make (step client-add)", _ => ClientFaults()),
        new("litmus", "races of the kernel and of devices, cut down to a few steps (explore)", _ => Litmus()),
        new("devices", "kinds of device (run --device)", _ => Devices()),
    ];

    private static List<ListItem> Suites() => [.. SuiteCatalogue.All.Select(suite => new ListItem(suite.Name, suite.About))];

    private static List<ListItem> Scenarios(string suite) =>
        [.. SuiteCatalogue.Scenarios(suite).Select(scenario => new ListItem(scenario.Name, scenario.About)
        {
            More = [new("rules", string.Join(' ', scenario.Rules))],
        })];

    private static List<ListItem> Rules() =>
        [.. RuleCatalogue.All.Select(rule => new ListItem(rule.Id, rule.Sentence)
        {
            More =
            [
                new("subject", Lower(rule.Subject)),
                new("severity", Lower(rule.Severity)),
                new("observation", rule.Observation),
                new("source", rule.Source),
                new("confidence", rule.Confidence.ToString()),
                new("checked", Checker.Implementers.ContainsKey(rule.Id) ? "yes" : "no"),
                new("implementedBy", Checker.Implementers.GetValueOrDefault(rule.Id, string.Empty)),
                new("scripted", Scripted(rule)),
            ],
            Lists = [new("faults", [.. FaultCatalogue.All.Where(fault => fault.Rules.Contains(rule.Id)).Select(fault => fault.Id)])],
        })];

    // A test there fails when a rule that is checked has no story in which a scripted device breaks it. What is allowed (severity info) has none.
    private static string Scripted(Rule rule) => Checker.Implementers.ContainsKey(rule.Id) && rule.Severity != RuleSeverity.Info
        ? "RuleTests"
        : string.Empty;

    private static List<ListItem> Faults() =>
        [.. FaultCatalogue.All.Where(fault => DeviceFaults.All.Contains(fault.Id)).Select(fault => new ListItem(fault.Id, fault.Summary)
        {
            More = [new("rules", string.Join(' ', fault.Rules))],
        })];

    private static List<ListItem> Profiles() =>
        [.. KernelProfile.All.Select(profile => new ListItem(
            profile.Name,
            $"Linux {profile.Covers}{(profile == KernelProfile.Default ? " (the default)" : string.Empty)}: {profile.About}")
        {
            More =
            [
                new("covers", profile.Covers),
                new("callback", profile.SecondaryTlbCallback),
                new("about", profile.About),
                new("default", profile == KernelProfile.Default ? "yes" : "no"),
                new("oomReaper", Lower(profile.OomReaper)),
                new("knownUnsafe", string.Join("; ", profile.KnownUnsafeSites.Select(site => $"{site.Site}: {site.Reason}"))),
                new("knownDefects", string.Join("; ", profile.KnownDefects)),
            ],
            Below =
            [
                $"secondary TLBs: {profile.SecondaryTlbCallback}",
                .. from site in profile.KnownUnsafeSites
                   group $"{site.Site} ({profile.CodeOf(site.Site)})" by site.Reason into sites
                   select $"known unsafe: {string.Join(", ", sites)}: {sites.Key}",
                .. profile.KnownDefects.Select(defect => $"known defect: {defect}"),
            ],
        })];

    private static List<ListItem> Operations() =>
        [.. OperationCatalogue.All.Select(operation => new ListItem(operation.Id, operation.Summary)
        {
            More =
            [
                new("keys", operation.Arguments),
                new("profiles", operation.Profiles.Count == KernelProfile.All.Count
                    ? "all" : string.Join(' ', operation.Profiles.Select(profile => profile.Name))),
            ],
            Lists =
            [
                new("methods", [.. operation.Methods]),
                new("rows", [.. operation.Rows.Select(row => row.ToString(CultureInfo.InvariantCulture))]),
                new("sites", [.. operation.Sites.Select(site => site.ToString())]),
            ],
        })];

    private static List<ListItem> Litmus() =>
        [.. LitmusCatalogue.All.Select(test => new ListItem(test.Id, test.Title)
        {
            More =
            [
                new("about", test.About),
                new("file", $"suites/litmus/{test.File}"),
            ],
            Lists =
            [
                new("threads", [.. test.Threads]),
                new("log", [.. test.Commits.Select(commit => commit.Commit.Length > 0 ? $"{commit.Commit}: {commit.Claim}" : commit.Claim)]),
                new("expected", [.. test.Expected]),
            ],
        })];

    private static List<ListItem> Clients() =>
        [.. ClientCatalogue.All.Select(client => new ListItem(client.Id, client.About)
        {
            More =
            [
                new("stands for", client.StandsFor),
                new("faults", string.Join(' ', client.Faults.Select(fault => ClientFaultCatalogue.Get(fault).Id))),
            ],
        })];

    // A mistake that no archetype makes has no place on the command line.
    private static List<ListItem> ClientFaults() =>
        [.. ClientFaultCatalogue.All.Where(fault => fault.Clients.Count > 0).Select(fault => new ListItem(fault.Id, fault.Name)
        {
            More =
            [
                new("clients", string.Join(' ', fault.Clients.Select(client => client.Id))),
                new("kernels", fault.Kernels),
                new("consequence", fault.Consequence),
            ],
        })];

    private static List<ListItem> Devices() =>
    [
        new("model:", "the reference device in C#; needs no toolchain; ?fault=ID"),
        new("rtl:", "the reference device in SystemVerilog, Verilated; ?fault=ID"),
        new("rtl-uart:", "the same behind the Verilated shim: bytes through the bits of a UART; ?fault=ID"),
        new("lib:/path/lib.so?options", "a shared library of your own, see docs/own-device.md"),
        new("serial:/dev/ttyUSB0?baud=RATE", "a board at a serial port"),
        new("tcp:HOST:PORT", "a board or simulator behind a TCP socket: bin/hilbench board-sim"),
        new("unix:PATH", "the same behind a Unix socket"),
        new("board:NAME", "a board of the bench file that --bench names"),
    ];

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
