using System.Reflection;
using System.Runtime.InteropServices;
using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>The catalogue of operations names everything that the modelled kernel can do, and a suite does it.</summary>
public sealed class OperationCatalogueTests
{
    private const int RowsOfTheTable = 46;

    /// <summary>Sites where the kernel tells nothing, or asks only (young callbacks name no site).</summary>
    private static readonly CallSite[] _silent =
        [CallSite.None, CallSite.WriteReuse, CallSite.FaultIn, CallSite.MigrateRestore, CallSite.Aging];

    /// <summary>
    /// Sites that need a state which no step makes: no free huge page (HugeCowTests), a fault while another CPU is inside of
    /// a NUMA protection (NumaTests), or that have tests of their own only (DaxTests, HugetlbSharingTests).
    /// </summary>
    private static readonly CallSite[] _elsewhere =
        [CallSite.HugeCowFallback, CallSite.NumaThpFault, CallSite.MisplacedThp, CallSite.PmdUnshare];

    private static readonly IReadOnlyList<Scenario> _scenarios =
        [.. SuiteCatalogue.All.SelectMany(suite => SuiteCatalogue.Load(suite.Name))];

    private static IEnumerable<string> Profiles => KernelProfile.All.Select(profile => profile.Name);

    [Test]
    public void Every_row_of_the_table_of_call_sites_is_reached_by_an_operation()
    {
        var rows = OperationCatalogue.All.SelectMany(operation => operation.Rows).Distinct().Order();

        Assert.That(rows, Is.EqualTo(Enumerable.Range(1, RowsOfTheTable)));
    }

    [Test]
    public void Every_call_site_is_reached_by_an_operation()
    {
        var sites = OperationCatalogue.All.SelectMany(operation => operation.Sites).Distinct();

        Assert.That(Enum.GetValues<CallSite>().Except(sites), Is.EqualTo((CallSite[])[CallSite.None]));
    }

    [Test]
    public void Every_method_that_makes_an_operation_is_in_the_catalogue()
    {
        var methods = from type in (Type[])[typeof(AddressSpace), typeof(Kernel)]
                      from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
                      where method.ReturnType == typeof(CpuOperation)
                      select $"{type.Name}.{method.Name}";
        var known = OperationCatalogue.All.SelectMany(operation => operation.Methods).ToList();

        Assert.That(methods.Except(known), Is.Empty);
    }

    [Test]
    public void Every_member_that_the_catalogue_names_exists()
    {
        var members = from operation in OperationCatalogue.All
                      from name in operation.Methods
                      let parts = name.Split('.')
                      let type = typeof(Kernel).Assembly.GetType($"HilBench.Memory.{parts[0]}")
                      where type?.GetMember(parts[1]) is not { Length: > 0 }
                      select name;

        Assert.That(members, Is.Empty);
    }

    [Test]
    public void Every_operation_is_a_step_and_is_told_in_one_sentence()
    {
        Assert.That(OperationCatalogue.All.Select(operation => operation.Id), Is.SubsetOf(StepReader.Names).And.Unique);
        Assert.That(OperationCatalogue.All.Select(operation => operation.Read), Has.None.Null);
        Assert.That(OperationCatalogue.All.Select(operation => operation.Summary), Has.All.Not.Empty.And.All.Not.EndWith("."));
        Assert.That(OperationCatalogue.All.Where(operation => operation.Profiles.Count == 0), Is.Empty);
    }

    [Test]
    public void Every_operation_is_run_by_a_scenario_of_a_suite()
    {
        var run = _scenarios.SelectMany(scenario => scenario.Operations).Distinct();

        Assert.That(OperationCatalogue.All.Select(operation => operation.Id).Except(run), Is.Empty);
    }

    [Test]
    public void An_operation_of_newer_kernels_makes_a_scenario_not_applicable()
    {
        var result = ScenarioBench.RunSteps(
            "- map: { name: a, size: 4KiB }\n- repeat: { times: 1, steps: [ pagemap-scan: { at: a } ] }");

        Assert.That(result.Verdict, Is.EqualTo(Verdict.NotApplicable));
        Assert.That(result.Note, Is.EqualTo("linux-6.1 has no pagemap-scan"));
    }

    [TestCase("since: linux-6.12", "linux-6.1 is older than linux-6.12")]
    [TestCase("until: linux-5.13", "linux-6.1 is newer than linux-5.13")]
    public void A_scenario_of_other_kernels_is_not_applicable(string key, string note)
    {
        var result = ScenarioBench.RunSteps("- map: { name: a, size: 4KiB }", keys: $"    {key}\n");

        Assert.That(result.Verdict, Is.EqualTo(Verdict.NotApplicable));
        Assert.That(result.Note, Is.EqualTo(note));
    }

    [TestCaseSource(nameof(Profiles))]
    public void The_reference_model_never_uses_a_translation_that_an_operation_has_ended(string profile)
    {
        var result = Run("model:", profile);
        var wrong = result.Scenarios
            .Where(scenario => scenario.Verdict is not (Verdict.Passed or Verdict.NotApplicable))
            .Select(scenario => $"{scenario.Name}: {scenario.Note} {string.Join("; ", scenario.Violations.Select(violation => violation.Reason).Take(1))}");

        Assert.That(string.Join('\n', wrong), Is.Empty);
        Assert.That(result.Scenarios.Count(scenario => scenario.Verdict == Verdict.Passed), Is.GreaterThan(80));
    }

    [TestCase("linux-4.12")]
    [TestCase("linux-6.1")]
    [TestCase("linux-6.18")]
    public void A_device_that_invalidates_nothing_fails_wherever_an_operation_tells_of_a_change(string profile)
    {
        var clean = Run("model:", profile).Scenarios.ToDictionary(scenario => scenario.Name);
        var faulty = Run("model:?fault=M01", profile);
        var failed = faulty.Scenarios.Where(scenario => scenario.Verdict == Verdict.Failed).Select(scenario => scenario.Name).ToHashSet();

        // What changes no translation cannot fail: those scenarios say so in their rules.
        var passing = from scenario in SuiteCatalogue.Load("operations")
                      where clean[scenario.Name].Verdict == Verdict.Passed && !failed.Contains(scenario.Name)
                      where scenario.Rules.Contains("ATS-INV-001")
                      select scenario.Name;

        Assert.That(passing, Is.Empty);
    }

    [TestCase("M11", "linux-6.12", 10)]
    [TestCase("M12", "linux-6.1", 3)]
    public void Smaller_mistakes_of_a_device_show_in_several_operations(string fault, string profile, int atLeast)
    {
        var failed = Run($"model:?fault={fault}", profile).Scenarios.Count(scenario => scenario.Verdict == Verdict.Failed);

        Assert.That(failed, Is.AtLeast(atLeast));
    }

    [Test]
    public void Every_call_site_of_the_catalogue_that_tells_something_is_told_in_the_suite()
    {
        var told = new HashSet<CallSite>();
        foreach (var profile in (KernelProfile[])[KernelProfile.Linux412, KernelProfile.Linux55, KernelProfile.Linux61, KernelProfile.Linux618])
        {
            foreach (var scenario in SuiteCatalogue.Load("operations").Where(scenario => IsFor(scenario, profile)))
            {
                told.UnionWith(SitesOf(scenario, profile));
            }
        }

        Assert.That(Enum.GetValues<CallSite>().Except(_silent).Except(_elsewhere).Except(told), Is.Empty);
    }

    /// <summary>
    /// From 6.6 on the flush after a copy of a hugetlb page, or after its migration, names the first 4 KiB only
    /// (golden trace linux-6.12/hugetlb-cow-parent.json); before, the whole page was named.
    /// </summary>
    [TestCase("hugetlb/copy-on-write")]
    [TestCase("hugetlb/migration")]
    public void A_device_that_keeps_a_large_translation_fails_where_a_hugetlb_page_is_flushed_by_its_first_4_KiB(string name)
    {
        var newer = RunOne("model:?fault=M11", "linux-6.12", name);

        Assert.That(newer.Verdict, Is.EqualTo(Verdict.Failed));
        Assert.That(newer.Violations[0].Rule.Id, Is.EqualTo("ATS-INV-002"));
        Assert.That(RunOne("model:", "linux-6.12", name).Verdict, Is.EqualTo(Verdict.Passed));
        Assert.That(RunOne("model:?fault=M11", "linux-6.1", name).Verdict, Is.EqualTo(Verdict.Passed), "told of all 2 MiB at once");
    }

    private static ScenarioResult RunOne(string device, string profile, string name)
    {
        var options = new RunOptions { Device = device, Profile = profile, Policy = "exact", Filter = name };
        return new SuiteRunner(new DeviceLocations("."), TimeProvider.System)
            .Run(options, new Silent(), CancellationToken.None).Scenarios.Single();
    }

    private static RunResult Run(string device, string profile) =>
        new SuiteRunner(new DeviceLocations("."), TimeProvider.System)
            .Run(new RunOptions { Device = device, Profile = profile, Suite = "operations" }, new Silent(), CancellationToken.None);

    private static bool IsFor(Scenario scenario, KernelProfile profile) =>
        scenario.Operations.All(name => OperationCatalogue.Find(name)!.IsIn(profile))
        && profile.Version >= (scenario.Since?.Version ?? 0) && profile.Version <= (scenario.Until?.Version ?? int.MaxValue);

    private static HashSet<CallSite> SitesOf(Scenario scenario, KernelProfile profile)
    {
        using var device = new ModelDevice();
        var bench = new Bench(device, new BenchOptions { Profile = profile, MemoryBytes = scenario.MemoryBytes });
        var sites = new SiteRecorder();
        bench.Journal.Subscribe(sites);
        var run = new ScenarioRun(bench);
        foreach (var (process, pasid, _) in scenario.Processes)
        {
            run.AddProcess(process, pasid);
        }

        foreach (var pause in StepReader.Sequence(scenario.Steps, run).Concat(run.WaitForDma()))
        {
            run.Continue(pause);
        }

        return sites.Sites;
    }

    /// <summary>Call sites that led to a callback or to a CPU flush.</summary>
    private sealed class SiteRecorder : IJournalObserver
    {
        public HashSet<CallSite> Sites { get; } = [];

        public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
        {
            if (kind == JournalKind.NotifierCall)
            {
                Sites.Add(MemoryMarshal.Read<NotifierCallRecord>(payload).Site);
            }
            else if (kind == JournalKind.CpuTlbFlush)
            {
                Sites.Add(MemoryMarshal.Read<TlbFlushRecord>(payload).Site);
            }
        }
    }

    private sealed class Silent : IRunProgress
    {
        public void ScenarioStarted(string name, int index, int count)
        {
        }

        public void ScenarioFinished(ScenarioResult result)
        {
        }
    }
}
