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
        "via" => step is "read" or "write" or "cache",
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

    private static LitmusBody Add(LitmusStepContext context) => context.IsDevice
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

    private static LitmusBody Access(LitmusStepContext context, AccessKind kind, bool isDevice, bool isCache = false)
    {
        var map = context.Map;
        var process = CpuSteps.ProcessOf(map);
        var at = map.Address("at");
        var client = map.Has("via") ? map.Name("via") : null;
        var value = kind == AccessKind.Read || isCache ? 0 : ValueOf(LitmusArguments.Token(map, "value"), context.Names.Values);
        var register = context.Register;
        if (register is not null && kind == AccessKind.Write)
        {
            throw map.Place.Error("'write' has no value for a register", "Only read and add have one.");
        }

        return Body;

        IEnumerable<Pause> Body(LitmusRun run, LitmusThread thread)
        {
            var address = new VirtualAddress(at.Evaluate(run.Scenario.Names));
            var owner = run.Scenario.Process(process, map.Place);
            var result = new AccessResult();
            var steps = client is not null ? ThroughClient(run, run.Scenario.Clients.Find(client, map.Place), address, kind, value, result)
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
            : kind == AccessKind.Write ? LitmusValue.None
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
                result.Text = run.Program.Values.InWords((uint)access.Value);
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
