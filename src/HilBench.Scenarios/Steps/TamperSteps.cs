using System.Buffers.Binary;
using System.Numerics;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Steps in which the host does on purpose what hosts do rarely or never.</summary>
internal static class TamperSteps
{
    /// <summary>The ITag of TLPs that a scenario writes itself; the invalidation queue leaves it alone from then on.</summary>
    private const int OwnTag = 31;

    private static readonly SortedDictionary<string, TranslationFlags> _flags = new(StringComparer.Ordinal)
    {
        ["R"] = TranslationFlags.R,
        ["W"] = TranslationFlags.W,
        ["U"] = TranslationFlags.U,
        ["N"] = TranslationFlags.N,
        ["Exe"] = TranslationFlags.Exe,
        ["Priv"] = TranslationFlags.Priv,
        ["Global"] = TranslationFlags.Global,
    };

    /// <summary>Changes the next Translation Completions, or all from now on.</summary>
    public static StepBody Answer(MapReader map)
    {
        var noAccess = map.Has("no-access-at") ? map.Address("no-access-at") : null;
        var granted = map.Has("grant-address") ? map.Address("grant-address") : null;
        var forged = map.Has("forge-address") ? map.Address("forge-address") : null;
        var process = CpuSteps.ProcessOf(map);
        var split = map.Integer("split", 0, low: 0, high: 4096);
        if (split % TranslationEntry.SizeBytes != 0)
        {
            throw map.PlaceOf("split").Error($"an answer cannot be split at {split} bytes", "Write a multiple of 8.");
        }

        var change = new AnswerTampering
        {
            Times = map.Integer("times", 1, low: 0, high: int.MaxValue),
            Status = StatusOf(map),
            HasNoData = map.Flag("no-data"),
            HasDataAnyway = map.Flag("with-data"),
            IsPoisoned = map.Flag("poisoned"),
            Entries = map.Has("entries") ? map.Integer("entries", 1, low: 1, high: 512) : null,
            ByteCount = map.Has("byte-count") ? map.Integer("byte-count", 8, low: 0, high: 4096) : null,
            ExtraDws = map.Integer("extra-dws", 0, low: -15, high: 64),
            SplitBytes = split,
            Set = FlagsOf(map, "set"),
            Clear = FlagsOf(map, "clear"),
            SizeShift = map.Has("size") ? ShiftOf(map) : null,
            ForgedTag = map.Has("forge-tag") ? (byte)map.Integer("forge-tag", 0, low: 0, high: 255) : null,
            ForgedRequester = map.Has("forge-requester") ? new RequesterId((ushort)map.Integer("forge-requester", 0, low: 0, high: 0xFFFF)) : null,
        };
        var isNone = map.Flag("none");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            run.Bench.Root.Answers.Tampering = isNone ? null : change with
            {
                NoAccessAddress = noAccess is null ? null : Physical(run, process, noAccess.Evaluate(run.Names), map),
                GrantAddress = granted is null ? null : Physical(run, process, granted.Evaluate(run.Names), map),
                ForgedAddress = forged is null ? 0 : Physical(run, process, forged.Evaluate(run.Names), map),
            };
            yield break;
        }
    }

    /// <summary>Sends a TLP that the scenario gives as hexadecimal DWs.</summary>
    public static StepBody Send(MapReader map)
    {
        var text = map.Text("tlp");
        var at = map.Has("at") ? map.Address("at") : null;
        var number = CpuSteps.FunctionOf(map) ?? 0;
        var times = map.Integer("times", 1, low: 1, high: 1000);
        var order = map.OneOf("as", "message", "message", "completion") == "completion"
            ? DownstreamClass.TranslationCompletion
            : DownstreamClass.Posted;
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var function = run.Function(number, map.Place);
            while ((function.Invalidations.BusyTags >> OwnTag & 1) != 0 && !function.Invalidations.IsQuarantined)
            {
                yield return Pause.Device;
            }

            function.Invalidations.ReservedTags |= 1u << OwnTag;
            var tlp = Bytes(text, run, function, at?.Evaluate(run.Names) ?? 0, map);
            for (var i = 0; i < times; i++)
            {
                run.Bench.Wire.Send(tlp, order);
            }
        }
    }

    private static byte[] Bytes(string text, ScenarioRun run, BenchFunction function, ulong address, MapReader map)
    {
        var filled = text
            .Replace("<function>", function.Id.Value.ToString("x4"), StringComparison.Ordinal)
            .Replace("<agent>", run.Bench.Root.Agent.Value.ToString("x4"), StringComparison.Ordinal)
            .Replace("<itag>", OwnTag.ToString("x2"), StringComparison.Ordinal)
            .Replace("<high>", ((uint)(address >> 32)).ToString("x8"), StringComparison.Ordinal)
            .Replace("<low>", ((uint)address).ToString("x8"), StringComparison.Ordinal)
            .Replace("<swapped-high>", BinaryPrimitives.ReverseEndianness((uint)address).ToString("x8"), StringComparison.Ordinal)
            .Replace("<swapped-low>", BinaryPrimitives.ReverseEndianness((uint)(address >> 32)).ToString("x8"), StringComparison.Ordinal);
        return HexText.TryParse(filled, out var bytes, out var fault) && bytes.Length % 4 == 0
            ? bytes
            : throw map.PlaceOf("tlp").Error($"these are no whole DWs: {fault.What}", "Write 8 hexadecimal digits for each DW.");
    }

    private static CompletionStatus? StatusOf(MapReader map) => map.OneOf("status", "sc", "sc", "ur", "crs", "ca", "reserved") switch
    {
        "ur" => CompletionStatus.UnsupportedRequest,
        "crs" => (CompletionStatus)2,
        "ca" => CompletionStatus.CompleterAbort,
        "reserved" => (CompletionStatus)7,
        _ => null,
    };

    private static TranslationFlags FlagsOf(MapReader map, string key)
    {
        var flags = TranslationFlags.None;
        foreach (var name in map.Texts(key))
        {
            flags |= _flags.TryGetValue(name, out var flag)
                ? flag
                : throw map.PlaceOf(key).Error($"there is no flag '{name}'", Journal.NearestName.Suggest(name, _flags.Keys));
        }

        return flags;
    }

    private static int ShiftOf(MapReader map)
    {
        var size = map.Size("size");
        return BitOperations.IsPow2(size) && size >= 4096
            ? BitOperations.Log2(size)
            : throw map.PlaceOf("size").Error($"{size} is no block size", "Write a power of two from 4KiB on.");
    }

    // Where the page tables put an address of the process: a translated address that a device may wrongly use.
    private static ulong Physical(ScenarioRun run, string process, ulong va, MapReader map) =>
        run.Process(process, map.Place).Space.Tables.TryWalk(new VirtualAddress(va), out var walk)
            ? walk.Translate(new VirtualAddress(va)).Value
            : throw map.Place.Error($"nothing is mapped at 0x{va:x}", "Map it first.");
}
