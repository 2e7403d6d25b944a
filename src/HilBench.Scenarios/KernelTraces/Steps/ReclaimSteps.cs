using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that take memory away from processes: reclaim, swap, the OOM killer, NUMA balancing.</summary>
internal static class ReclaimSteps
{
    /// <summary>Pages of each part of the program that lies outside the region.</summary>
    private const ulong ProgramPages = 64;

    /// <summary>Where the program has data, heap and stack: below and above the region.</summary>
    private static readonly ulong[] _programAt = [0x80_0000, 0x100_0000, 0x7FFF_0000_0000];

    public static void AddTo(StepTable table)
    {
        table.Add("cgroup", (machine, step) => Do(() => machine.MmOf(step).EnterCgroup()));
        table.Add("lru_gen", (machine, step) => Do(() => machine.Kernel.HasGenerations = step.Text("value") == "y"));
        table.Add("reclaim", Reclaim);
        table.Add("swapoff", SwapOff);
        table.Add("oom_score_adj", (machine, step) => Do(() =>
            machine.MmOf(step).OomScoreAdjustment = (int)step.Number("value")));
        table.Add("block", (machine, step) => Do(() => machine.MmOf(step).Block()));
        table.Add("unblock", (machine, _) => StepOutcome.Of(machine.Process("child").Unblock().RunToEnd()));
        table.Add("mrelease", ReleaseMemory);
        table.Add("oom_kill", OomKill);
        table.Add("numa_hint", HintNuma);
    }

    private static StepOutcome Do(Action action)
    {
        action();
        return StepOutcome.Ok;
    }

    private static StepOutcome Reclaim(TraceMachine machine, TraceStep step) =>
        StepOutcome.Of(machine.MmOf(step).Reclaim(BytesOf(step.Text("bytes"))).RunToEnd());

    /// <summary>Bytes as memory.reclaim takes them: a number with K, M or G.</summary>
    private static ulong BytesOf(string text)
    {
        var shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return ulong.Parse(shift == 0 ? text : text[..^1], System.Globalization.CultureInfo.InvariantCulture) << shift;
    }

    /// <summary>The program looks swap up in a file of procfs, through a buffer that it gives back.</summary>
    private static StepOutcome SwapOff(TraceMachine machine, TraceStep step)
    {
        var mm = machine.MmOf(step);
        var op = mm.SwapOff().RunToEnd();
        UseProgram(mm, _programAt[0], 1);
        mm.Munmap(VirtualRange.OfSize(new(_programAt[0]), 4096)).RunToEnd();
        machine.KeepsRegionOnly();
        return StepOutcome.Of(op);
    }

    private static StepOutcome ReleaseMemory(TraceMachine machine, TraceStep step)
    {
        var child = machine.Process("child");
        UseProgram(machine, child);
        var op = child.ReleaseMemory(machine.MmOf(step)).RunToEnd();
        machine.KeepsRegionOnly();
        return StepOutcome.Of(op);
    }

    private static StepOutcome OomKill(TraceMachine machine, TraceStep step)
    {
        foreach (var mm in machine.Processes.Values.Where(mm => mm.IsBlocked))
        {
            UseProgram(machine, mm);
        }

        var op = machine.MmOf(step).OomKill().RunToEnd();
        machine.KeepsRegionOnly();
        return StepOutcome.Of(op);
    }

    /// <summary>Balancing looks at the mappings, the program reads on, and balancing looks again.</summary>
    private static StepOutcome HintNuma(TraceMachine machine, TraceStep step)
    {
        var mm = machine.MmOf(step);
        var region = VirtualRange.OfSize(new(machine.Trace.Region.Start), machine.Trace.Region.Bytes);
        var range = machine.RangeOf(step);
        for (var pass = 0; pass < 2; pass++)
        {
            mm.NumaProtect(region).RunToEnd();
            for (var at = range.Start; at < range.End; at = at.Add(4096))
            {
                mm.Read(at, 1).RunToEnd();
            }
        }

        return StepOutcome.Ok;
    }

    /// <summary>
    /// The program's own memory, private and used, which the OOM reaper takes with the rest: each part is large enough
    /// that its flush counts for the whole address space.
    /// </summary>
    private static void UseProgram(TraceMachine machine, AddressSpace mm)
    {
        foreach (var at in mm.HasExited ? [] : _programAt)
        {
            UseProgram(mm, at, ProgramPages);
        }

        machine.KeepsRegionOnly();
    }

    private static void UseProgram(AddressSpace mm, ulong at, ulong pages)
    {
        mm.Mmap(pages * 4096, Protection.ReadWrite, at: new(at)).RunToEnd();
        mm.Touch(VirtualRange.OfSize(new(at), pages * 4096), forWrite: true).RunToEnd();
    }
}
