using System.Buffers.Binary;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>What a CPU finds at an address at this moment, without faulting and without changing anything.</summary>
internal static class LitmusSight
{
    private const string Page = ".page";
    private const string Dirty = ".dirty";
    private const string SoftDirty = ".soft-dirty";
    private const string Writable = ".writable";

    /// <summary>What conditions can ask of a page besides its content.</summary>
    public static IReadOnlyList<string> Aspects { get; } = [Page, Dirty, SoftDirty, Writable];

    /// <summary>The content, 4 bytes, or an aspect of the page; "none" where nothing is mapped.</summary>
    public static string At(LitmusRun run, string process, AddressExpression address, string aspect)
    {
        var at = new VirtualAddress(address.Evaluate(run.Scenario.Names));
        if (!run.Scenario.HasProcess(process) || !run.Scenario.Process(process, default).Space.Tables.TryWalk(at, out var walk))
        {
            return LitmusValue.None;
        }

        var physical = walk.Translate(at);
        return aspect switch
        {
            Page => run.Pages.FirstOrDefault(page => page.Value == physical.Frame).Key ?? LitmusValue.OtherPage,
            Dirty => Bit(walk.Entry.IsDirty || (run.Bench.Memory.FlagsOf(physical) & FrameFlags.Dirty) != 0),
            SoftDirty => Bit((walk.Entry.Value & PageTableEntry.SoftDirty) != 0),
            Writable => Bit(walk.IsWritable),
            _ => Content(run, physical),
        };
    }

    private static string Bit(bool value) => value ? "1" : "0";

    private static string Content(LitmusRun run, PhysicalAddress physical)
    {
        Span<byte> bytes = stackalloc byte[4];
        run.Bench.Memory.Read(physical, bytes);
        return run.Program.Values.InWords(BinaryPrimitives.ReadUInt32LittleEndian(bytes));
    }
}
