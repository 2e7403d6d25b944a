using System.Buffers.Binary;
using HilBench.Clients;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>The steps of litmus tests that scenario files have no word for: 4-byte accesses with a value, and waits.</summary>
internal static class LitmusSteps
{
    private const int AttemptsMax = 8;
    private const int Bytes = 4;

    private static readonly SortedDictionary<string, Func<LitmusStepContext, LitmusBody>> _readers = new(StringComparer.Ordinal)
    {
        ["add"] = Add,
        ["cache"] = Cache,
        ["client"] = Client,
        ["drop"] = Drop,
        ["page"] = Page,
        ["read"] = Read,
        ["write"] = Write,
    };

    /// <summary>Names of these steps.</summary>
    public static IEnumerable<string> Names => [.. _readers.Keys, "await"];

    /// <summary>The step of that name, or null.</summary>
    public static LitmusBody? Read(string name, LitmusStepContext context) =>
        _readers.TryGetValue(name, out var reader) ? reader(context) : null;

    /// <summary>Whether a key that stands at the head of a block counts for a step.</summary>
    public static bool Takes(string step, string key) => key switch
    {
        "via" => step is "read" or "write" or "add" or "cache" or "drop",
        _ => _readers.ContainsKey(step) || OperationCatalogue.Find(step) is not null,
    };

    /// <summary>A number, or a text that stands for one.</summary>
    public static uint ValueOf(LitmusToken token, LitmusValue values) =>
        token.Kind == LitmusTokenKind.Text ? values.NumberOf(token.Text)
        : Quantity.TryParse(token.Text, out var number) && number <= uint.MaxValue ? (uint)number
        : throw token.Place.Error($"{token} is no value of 32 bits", "Write a number, or a text in quotes.");

    /// <summary>Gives a register a value.</summary>
    public static LitmusBody Set(string register, uint value)
    {
        return Body;

        IEnumerable<Pause> Body(LitmusRun run, LitmusThread thread)
        {
            run.Bind(register, run.Program.Values.InWords(value));
            yield break;
        }
    }

    /// <summary>Waits until a condition holds.</summary>
    public static LitmusBody Await(LitmusCondition condition)
    {
        return Body;

        IEnumerable<Pause> Body(LitmusRun run, LitmusThread thread)
        {
            while (!condition.Holds(run))
            {
                thread.IsOver = () => condition.Holds(run);
                yield return new Pause(PauseKind.Condition);
            }
        }
    }

    private static LitmusBody Read(LitmusStepContext context) => Access(context, AccessKind.Read, context.IsDevice);

    private static LitmusBody Write(LitmusStepContext context) => Access(context, AccessKind.Write, context.IsDevice);

    private static LitmusBody Add(LitmusStepContext context) => context.IsDevice || context.Map.Has("via")
        ? Access(context, AccessKind.Add, isDevice: true)
        : throw context.Map.Place.Error("'add' is an atomic of the device", "Write it in a thread D0, D1, ...");

    /// <summary>The device reads, so that it holds the translation; for = write: it writes what is there.</summary>
    private static LitmusBody Cache(LitmusStepContext context)
    {
        var isWrite = context.Map.OneOf("for", "read", "read", "write") == "write";
        return Access(context, isWrite ? AccessKind.Add : AccessKind.Read, isDevice: true, isCache: true);
    }

    /// <summary>Registers a client; its callbacks are recorded from then on.</summary>
    private static LitmusBody Client(LitmusStepContext context)
    {
        var process = CpuSteps.ProcessOf(context.Map);
        var name = context.Map.Name("as");
        context.Names.DefineClient(name);
        var add = ClientSteps.Add(context.Map);
        return Body;

        IEnumerable<Pause> Body(LitmusRun run, LitmusThread thread)
        {
            var space = run.Scenario.Process(process, context.Map.Place).Space;
            var notifiers = space.Notifiers;
            var (list, intervals) = (notifiers.Registrations, notifiers.Intervals.Insertions);
            foreach (var pause in add(run.Scenario))
            {
                yield return pause;
            }

            run.Calls.Name(space.Id, notifiers, list, intervals, name);
        }
    }

    /// <summary>Gives the frame behind an address a name.</summary>
    private static LitmusBody Page(LitmusStepContext context)
    {
        var process = CpuSteps.ProcessOf(context.Map);
        var name = context.Map.Name("name");
        var at = context.Map.Address("at");
        context.Names.DefinePage(name);
        return Body;

        IEnumerable<Pause> Body(LitmusRun run, LitmusThread thread)
        {
            var address = new VirtualAddress(at.Evaluate(run.Scenario.Names));
            if (!run.Process(process, context.Map.Place).Space.Tables.TryWalk(address, out var walk))
            {
                throw context.Map.Place.Error("nothing is mapped there", "Write to it first, in the initial state.");
            }

            run.Pages[name] = walk.Translate(address).Frame;
            yield break;
        }
    }

    /// <summary>A driver drops what it has mapped of a page itself.</summary>
    private static LitmusBody Drop(LitmusStepContext context)
    {
        var client = context.Map.Name("via");
        var at = context.Map.Address("at");
        return Body;

        IEnumerable<Pause> Body(LitmusRun run, LitmusThread thread)
        {
            var page = new VirtualAddress(at.Evaluate(run.Scenario.Names)).AlignDown(4096);
            (run.Scenario.Clients.Find(client, context.Map.Place) as IntervalTreeClient)?.Shadow.Drop(page, page.Add(4096));
            yield break;
        }
    }

    private static LitmusBody Access(LitmusStepContext context, AccessKind kind, bool isDevice, bool isCache = false)
    {
        var map = context.Map;
        var process = CpuSteps.ProcessOf(map);
        var at = map.Address("at");
        var client = map.Has("via") ? map.Name("via") : null;
        var value = kind == AccessKind.Read || isCache ? 0 : ValueOf(LitmusArguments.Token(map, "value"), context.Names.Values);
        var register = context.Register;
        return Body;

        IEnumerable<Pause> Body(LitmusRun run, LitmusThread thread)
        {
            var address = new VirtualAddress(at.Evaluate(run.Scenario.Names));
            var owner = run.Process(process, map.Place);
            var result = new AccessResult();
            var steps = client is not null && kind == AccessKind.Add
                ? Atomic(run, run.Scenario.Clients.Find(client, map.Place), address, value, result, map.Place)
                : client is not null ? ThroughClient(run, run.Scenario.Clients.Find(client, map.Place), address, kind, value, result)
                : isDevice ? ByDma(run, thread, owner, address, kind, value, result)
                : ByCpu(run, owner.Space, address, kind, value, result);
            foreach (var pause in steps)
            {
                yield return pause;
            }

            if (register is not null)
            {
                run.Bind(register, result.Text);
            }
        }
    }

    private static IEnumerable<Pause> ByCpu(
        LitmusRun run, AddressSpace space, VirtualAddress address, AccessKind kind, uint value, AccessResult result)
    {
        var bytes = new byte[Bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        var operation = kind == AccessKind.Write ? space.Write(address, bytes) : space.Read(address, Bytes);
        while (operation.Steps.MoveNext())
        {
            yield return Pause.Of(operation.Steps.Current);
        }

        result.Text = operation.Signal != Signal.None ? LitmusValue.Fault
            : kind == AccessKind.Write ? LitmusValue.Done
            : run.Program.Values.InWords(BinaryPrimitives.ReadUInt32LittleEndian(operation.Bytes.Span));
    }

    private static IEnumerable<Pause> ByDma(
        LitmusRun run, LitmusThread thread, ScenarioProcess process, VirtualAddress address, AccessKind kind, uint value, AccessResult result)
    {
        var request = new DmaRequest(address.Value, Bytes, process.Pasid, kind == AccessKind.Write)
        {
            Seed = value,
            Function = process.Function,
            Atomic = kind == AccessKind.Add ? DmaAtomic.FetchAdd : DmaAtomic.None,
        };
        var exerciser = run.Bench.Exerciser;
        int slot;
        while ((slot = exerciser.TryStart(in request)) < 0)
        {
            thread.IsOver = () => exerciser.Running < exerciser.Slots;
            yield return Pause.Device;
        }

        while (exerciser.IsRunning(slot))
        {
            thread.IsOver = () => !exerciser.IsRunning(slot);
            yield return Pause.Device;
        }

        var end = exerciser.ResultOf(slot);
        result.Text = end.Error switch
        {
            0 when kind == AccessKind.Write => LitmusValue.Done,
            0 => run.Program.Values.InWords((uint)end.Data),
            (int)DmaEnd.NoAccess => LitmusValue.Fault,
            _ => $"error{end.Error}",
        };
    }

    private static IEnumerable<Pause> ThroughClient(
        LitmusRun run, ClientDevice client, VirtualAddress address, AccessKind kind, uint value, AccessResult result)
    {
        var isWrite = kind == AccessKind.Write;
        for (var i = 0; i < AttemptsMax; i++)
        {
            DeviceAccess access;
            if (isWrite ? client.TryWrite(address, value, out access) : client.TryRead(address, out access))
            {
                result.Text = isWrite ? LitmusValue.Done : run.Program.Values.InWords((uint)access.Value);
                yield break;
            }

            var fault = new DeviceFault(address, isWrite || kind == AccessKind.Add);
            foreach (var point in client.HandleFault(fault))
            {
                yield return Pause.Of(point);
            }

            if (fault.IsRefused)
            {
                yield break;
            }
        }
    }

    // A device that has the page for itself loads, and stores: when it has lost the page between, it begins anew.
    private static IEnumerable<Pause> Atomic(
        LitmusRun run, ClientDevice client, VirtualAddress address, uint value, AccessResult result, Place place)
    {
        var mirror = client as HmmMirrorClient ?? throw place.Error("only a client of kind 'hmm-mirror' has atomics", "See bin/hilbench list clients.");
        for (var i = 0; i < AttemptsMax; i++)
        {
            if (mirror.TryRead(address, out var loaded))
            {
                yield return Pause.Of(new PreemptionPoint(PreemptionKind.ClientStep, "loaded"));
                if (mirror.TryWrite(address, (uint)loaded.Value + value, out _))
                {
                    result.Text = run.Program.Values.InWords((uint)loaded.Value);
                    yield break;
                }
            }

            var fault = new DeviceFault(address, isWrite: true);
            foreach (var point in mirror.HandleAtomicFault(fault))
            {
                yield return Pause.Of(point);
            }

            if (fault.IsRefused)
            {
                yield break;
            }
        }
    }

    private enum AccessKind
    {
        Read = 0,
        Write,
        Add,
    }

    private sealed class AccessResult
    {
        public string Text { get; set; } = LitmusValue.Fault;
    }
}
