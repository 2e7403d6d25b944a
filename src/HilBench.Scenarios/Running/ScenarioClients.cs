using HilBench.Clients;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>The subscribers of a scenario, and what they are expected to show.</summary>
internal sealed class ScenarioClients(Bench bench)
{
    private readonly Dictionary<string, ClientDevice> _clients = [];
    private readonly HashSet<NotifierFinding> _expected = [];
    private readonly Dictionary<(uint MmId, VirtualAddress Address), ulong> _written = [];
    private AccessOracle? _oracle;
    private ulong _writes;

    /// <summary>Findings of the validator that no step expected.</summary>
    public IEnumerable<NotifierFinding> Unexpected =>
        bench.Kernel.Validator.Findings.Where(finding => !_expected.Contains(finding));

    /// <summary>Mistakes by the names of clients, in place of those that their steps say.</summary>
    public Dictionary<string, string> Mistakes { get; } = [];

    public ClientDevice Find(string name, Place place) => _clients.TryGetValue(name, out var client)
        ? client
        : throw place.Error($"there is no client '{name}'", NearestName.Suggest(name, _clients.Keys));

    public ClientDevice Add(string name, ClientKind kind, ScenarioProcess process, ClientOptions options)
    {
        if (_oracle is null)
        {
            _oracle = new AccessOracle(bench.Memory);
            bench.Journal.Subscribe(_oracle);
        }

        var client = ClientFactory.Create(kind, process.Space, _oracle, options);
        _clients[name] = client;
        return client;
    }

    /// <summary>A number that no other store uses.</summary>
    public ulong FreshContent() => 0xDE71CE00_0000_0000 | ++_writes;

    /// <summary>A client's device wrote there.</summary>
    public void Wrote(ClientDevice client, VirtualAddress address, ulong value) =>
        _written[(client.Space.Id, address)] = value;

    /// <summary>Whether it is what a client's device wrote there last.</summary>
    public bool IsLastWritten(ClientDevice client, VirtualAddress address, ulong value) =>
        _written.TryGetValue((client.Space.Id, address), out var last) && last == value;

    /// <summary>
    /// Judges what was seen: a client without a mistake must show one of <paramref name="correct"/>; one with a mistake, where
    /// the step says what it leads to, that.
    /// </summary>
    public void Judge(ClientDevice client, ClientSight seen, ClientSight[] correct, ClientSight faulty, string where,
        ulong? address = null)
    {
        var isPromised = client.Fault != ClientFault.None && faulty != ClientSight.None;
        var expected = isPromised ? [faulty] : correct;
        var reason = $"{where}: {string.Join(" or ", expected.Select(InWords))} was expected, {InWords(seen)} was seen";
        bench.Checker.Judge(isPromised ? "MMN-SUB-002" : "MMN-SUB-001", expected.Contains(seen), reason, address);
    }

    /// <summary>Judges whether the validator found a rule broken; what is expected does not fail the scenario.</summary>
    public void JudgeFinding(ClientDevice client, NotifierRule rule, bool isAlways)
    {
        var found = Unexpected.Where(finding => finding.Rule == rule).ToList();
        var isExpected = isAlways || client.Fault != ClientFault.None;
        _expected.UnionWith(isExpected ? found : []);
        var reason = $"the validator has {found.Count} findings of {rule}, the client's mistake is {client.Fault}";
        bench.Checker.Judge(isExpected ? "MMN-SUB-002" : "MMN-SUB-001", (found.Count > 0) == isExpected, reason);
    }

    private static string InWords(ClientSight sight) => sight switch
    {
        ClientSight.Fresh => "the page of the CPU",
        ClientSight.Equal => "a page that the CPU has left, with the same content",
        ClientSight.Stale => "a page that the CPU has left",
        ClientSight.Foreign => "a page that was freed",
        ClientSight.Refused => "a refused access",
        ClientSight.Lost => "the page of the CPU without what the device wrote there",
        _ => "a wait without end",
    };
}
