using HilBench.Clients;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Steps of subscribers and their simulated devices.</summary>
internal static class ClientSteps
{
    /// <summary>Waits of one fault after which nobody can help any more, when nobody else runs.</summary>
    private const int WaitsMax = 1000;
    private const int AttemptsMax = 8;

    private static readonly ClientSight[] _fresh = [ClientSight.Fresh];

    /// <summary>Makes and registers a client.</summary>
    public static StepBody Add(MapReader map)
    {
        var name = map.Name("as");
        var kind = ReadKind(map);
        var process = CpuSteps.ProcessOf(map);
        var fault = ReadFault(map, kind);
        var at = map.Has("at") ? map.Address("at") : null;
        var size = at is null ? 0 : map.Size("size");
        var owner = (ulong)map.Integer("owner", 0, low: 0, high: int.MaxValue);
        var flushesAll = map.Flag("whole-pasid");
        var isInPieces = map.Flag("base-pages");
        return run =>
        {
            var mistake = run.Clients.Mistakes.TryGetValue(name, out var other) ? FaultOf(kind, other, map.Place) : fault;
            var options = new ClientOptions
            {
                Fault = mistake,
                Range = at is null ? null : VirtualRange.OfSize(new VirtualAddress(at.Evaluate(run.Names)), size),
                Owner = owner,
                FlushesWholePasid = flushesAll,
                CachesBasePages = isInPieces,
            };
            var profile = run.Bench.Kernel.Profile;
            if (!kind.FitsInto(profile, mistake))
            {
                throw map.Place.Error($"a client of kind '{kind.Id}' cannot live in {profile.Name}", "Give the scenario a 'profile', or a 'since'.");
            }

            var client = run.Clients.Add(name, kind.Kind, run.Process(process, map.Place), options);
            return client.Attach().Select(Pause.Of);
        };
    }

    /// <summary>Unregisters a client.</summary>
    public static StepBody Remove(MapReader map)
    {
        var name = map.Name("client");
        return run => run.Clients.Find(name, map.Place).Detach().Select(Pause.Of);
    }

    /// <summary>The device faults, whether it has an entry or not.</summary>
    public static StepBody Fault(MapReader map)
    {
        var name = map.Name("client");
        var at = map.Address("at");
        var isWrite = map.OneOf("for", "read", "read", "write") == "write";
        var faulty = ReadSight(map, "faulty", ClientSight.None);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var client = run.Clients.Find(name, map.Place);
            var fault = new DeviceFault(new VirtualAddress(at.Evaluate(run.Names)), isWrite);
            foreach (var pause in Handle(run, client, fault))
            {
                if (pause.Kind == PauseKind.Lock && !run.IsConcurrent)
                {
                    run.Clients.Judge(client, ClientSight.Hang, _fresh, faulty, $"{map.Place}: the fault waits in {pause.At.Site}");
                    yield break;
                }

                yield return pause;
            }

            if (faulty != ClientSight.None)
            {
                run.Clients.Judge(client, ClientSight.Fresh, _fresh, faulty, $"{map.Place}: the fault has ended");
            }
        }
    }

    /// <summary>The device reads; it faults when it must.</summary>
    public static StepBody Read(MapReader map) => Access(map, isWrite: false);

    /// <summary>The device writes; it faults when it must.</summary>
    public static StepBody Write(MapReader map) => Access(map, isWrite: true);

    /// <summary>The client does what its callbacks put off.</summary>
    public static StepBody Work(MapReader map)
    {
        var name = map.Name("client");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            run.Clients.Find(name, map.Place).DoDeferredWork();
            yield break;
        }
    }

    /// <summary>The validator has found, or not, what the mistake of a client breaks.</summary>
    public static StepBody Finding(MapReader map)
    {
        var name = map.Name("client");
        var rules = Enum.GetNames<NotifierRule>().ToDictionary(known => ToKebab(known));
        var isAlways = map.Has("always");
        var key = isAlways ? "always" : "faulty";
        var rule = Enum.Parse<NotifierRule>(rules[map.OneOf(key, map.Text(key), [.. rules.Keys])]);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            run.Clients.JudgeFinding(run.Clients.Find(name, map.Place), rule, isAlways);
            yield break;
        }
    }

    private static StepBody Access(MapReader map, bool isWrite)
    {
        var name = map.Name("client");
        var at = map.Address("at");
        var correct = ReadSights(map, "expect");
        var isKept = !isWrite && map.Flag("written");
        var faulty = ReadSight(map, "faulty", ClientSight.None);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var client = run.Clients.Find(name, map.Place);
            var address = new VirtualAddress(at.Evaluate(run.Names));
            var seen = ClientSight.None;
            for (var i = 0; i < AttemptsMax && seen == ClientSight.None; i++)
            {
                if (TryAccess(run, client, address, isWrite) is { } access)
                {
                    var isLost = isKept && !run.Clients.IsLastWritten(client, address, access.Value);
                    seen = SightOf(access.Outcome, isLost);
                    break;
                }

                var fault = new DeviceFault(address, isWrite);
                foreach (var pause in Handle(run, client, fault))
                {
                    if (pause.Kind == PauseKind.Lock && !run.IsConcurrent)
                    {
                        seen = ClientSight.Hang;
                        break;
                    }

                    yield return pause;
                }

                seen = fault.IsRefused ? ClientSight.Refused : seen;
            }

            run.Clients.Judge(client, seen, correct, faulty, $"{map.Place}: the {(isWrite ? "write" : "read")} of {address} through '{name}'", address.Value);
        }
    }

    private static DeviceAccess? TryAccess(ScenarioRun run, ClientDevice client, VirtualAddress address, bool isWrite)
    {
        DeviceAccess access;
        var isMade = isWrite
            ? client.TryWrite(address, run.Clients.FreshContent(), out access)
            : client.TryRead(address, out access);
        if (isMade && isWrite)
        {
            run.Clients.Wrote(client, address, access.Value);
        }

        return isMade ? access : null;
    }

    /// <summary>A fault; alone, a lock that is never dropped is the last pause that it tells.</summary>
    private static IEnumerable<Pause> Handle(ScenarioRun run, ClientDevice client, DeviceFault fault)
    {
        var waits = 0;
        foreach (var point in client.HandleFault(fault))
        {
            // A client that tries again takes steps of its own between two waits: they do not help it.
            var pause = Pause.Of(point);
            var isWaitingAlone = pause.Kind == PauseKind.Lock && !run.IsConcurrent;
            waits += isWaitingAlone ? 1 : 0;
            if (!isWaitingAlone || waits > WaitsMax)
            {
                yield return pause;
            }

            if (waits > WaitsMax)
            {
                yield break;
            }
        }
    }

    private static ClientSight SightOf(AccessOutcome outcome, bool isLost) => outcome switch
    {
        AccessOutcome.Fresh or AccessOutcome.Concurrent when isLost => ClientSight.Lost,
        AccessOutcome.Fresh or AccessOutcome.Concurrent => ClientSight.Fresh,
        AccessOutcome.StaleEqual => ClientSight.Equal,
        AccessOutcome.Foreign => ClientSight.Foreign,
        _ => ClientSight.Stale,
    };

    private static ClientDescription ReadKind(MapReader map)
    {
        var id = map.OneOf("kind", map.Text("kind"), [.. ClientCatalogue.All.Select(known => known.Id)]);
        return ClientCatalogue.Find(id)!;
    }

    private static ClientFault ReadFault(MapReader map, ClientDescription kind)
    {
        return FaultOf(kind, map.Text("fault", "none"), map.PlaceOf("fault"));
    }

    private static ClientFault FaultOf(ClientDescription kind, string id, Place place)
    {
        if (id == "none")
        {
            return ClientFault.None;
        }

        var fault = ClientFaultCatalogue.Find(id) ?? throw place.Error(
            $"there is no fault '{id}' of a client", NearestName.Suggest(id, ClientFaultCatalogue.All.Select(known => known.Id)));
        return kind.Faults.Contains(fault.Fault)
            ? fault.Fault
            : throw place.Error(
                $"a client of kind '{kind.Id}' cannot make the mistake {id}",
                $"Its mistakes are {string.Join(", ", kind.Faults.Select(known => ClientFaultCatalogue.Get(known).Id))}.");
    }

    private static ClientSight ReadSight(MapReader map, string key, ClientSight otherwise) =>
        map.Has(key) ? ReadSight(map, key, map.Text(key)) : otherwise;

    /// <summary>One word or a list of them; the page of the CPU when there is none.</summary>
    private static ClientSight[] ReadSights(MapReader map, string key) =>
        map.Has(key) ? [.. map.Texts(key).Select(word => ReadSight(map, key, word))] : _fresh;

    private static ClientSight ReadSight(MapReader map, string key, string word)
    {
        var names = Enum.GetValues<ClientSight>().Where(sight => sight != ClientSight.None)
            .ToDictionary(sight => sight.ToString().ToLowerInvariant());
        return names.TryGetValue(word, out var sight)
            ? sight
            : throw map.PlaceOf(key).Error($"'{word}' is not possible for '{key}'", NearestName.Suggest(word, names.Keys));
    }

    /// <summary>A name of the code as files write it.</summary>
    public static string ToKebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
