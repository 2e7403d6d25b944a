using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that make, change and remove mappings.</summary>
internal static class MappingSteps
{
    public static void AddTo(StepTable table)
    {
        table.Add("mmap", Mmap);
        table.Add("munmap", (machine, step) => StepOutcome.Of(machine.MmOf(step).Munmap(machine.RangeOf(step)).RunToEnd()));
        table.Add("mprotect", Mprotect);
        table.Add("mremap", Mremap);
        table.Add("madvise", Madvise);
        table.Add("process_madvise", Madvise);
        table.Add("mlock", (machine, step) => Mlock(machine, step, onFault: false));
        table.Add("mlock_onfault", (machine, step) => Mlock(machine, step, onFault: true));
        table.Add("munlock", (machine, step) => StepOutcome.Of(machine.MmOf(step).Munlock(machine.RangeOf(step)).RunToEnd()));
        table.Add("split_huge", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).SplitHuge(machine.RangeOf(step)).RunToEnd()));
        table.Add("khugepaged", Khugepaged);
        table.Add("clear_refs", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).ClearRefs((int)step.Number("value")).RunToEnd()));
    }

    private static StepOutcome Mmap(TraceMachine machine, TraceStep step)
    {
        var flags = step.Words("flags");
        var pageSize = flags.Contains("hugetlb") ? PageSizeHint.Hugetlb : PageSizeHint.Base;
        var file = step.Args.ContainsKey("file") ? machine.FileOf(step) : null;
        var request = (flags.Contains("shared") ? MapFlags.Shared : 0) | (flags.Contains("fixed") ? MapFlags.Fixed : 0)
            | (flags.Contains("populate") ? MapFlags.Populate : 0);
        return StepOutcome.Of(machine.MmOf(step).Mmap(
            step.Number("length"), ProtectionOf(step), request, machine.AddressOf(step), pageSize, file,
            step.Number("fileOffset", 0)).RunToEnd());
    }

    private static StepOutcome Mprotect(TraceMachine machine, TraceStep step) =>
        StepOutcome.Of(machine.MmOf(step).Mprotect(machine.RangeOf(step), ProtectionOf(step)).RunToEnd());

    private static StepOutcome Mremap(TraceMachine machine, TraceStep step)
    {
        var mm = machine.MmOf(step);
        var from = machine.AddressOf(step);
        var oldLength = step.Number("oldLength");
        var flags = step.Words("flags");
        VirtualAddress? to = flags.Contains("fixed") ? machine.AddressOf(step, "newAddr") : null;
        var op = oldLength == 0
            ? mm.MremapDuplicate(from, step.Number("newLength"), to ?? throw new StepNotModelledException("mremap of 0 bytes"))
            : mm.Mremap(VirtualRange.OfSize(from, oldLength), step.Number("newLength"), to, flags.Contains("dontunmap"));
        op.RunToEnd();
        return op.Errno != 0 ? StepOutcome.Of(op)
            : StepOutcome.Ok with { Addr = op.Range.Start.Value - machine.Trace.Region.Start };
    }

    private static StepOutcome Madvise(TraceMachine machine, TraceStep step)
    {
        var name = step.Text("advice").Replace("_", "", StringComparison.Ordinal);
        return Enum.TryParse<Advice>(name, ignoreCase: true, out var advice)
            ? StepOutcome.Of(machine.MmOf(step).Madvise(machine.RangeOf(step), advice).RunToEnd())
            : throw new StepNotModelledException($"madvise {step.Text("advice")}");
    }

    private static StepOutcome Mlock(TraceMachine machine, TraceStep step, bool onFault) =>
        StepOutcome.Of(machine.MmOf(step).Mlock(machine.RangeOf(step), onFault).RunToEnd());

    /// <summary>The count of passes rises at the end of one that was under way already: one more is seen.</summary>
    private static StepOutcome Khugepaged(TraceMachine machine, TraceStep step)
    {
        for (var pass = 0UL; pass <= step.Number("passes"); pass++)
        {
            machine.MmOf(step).Khugepaged().RunToEnd();
        }

        return StepOutcome.Ok;
    }

    private static Protection ProtectionOf(TraceStep step)
    {
        var letters = step.Text("prot");
        return letters == "none" ? Protection.None
            : (letters.Contains('r', StringComparison.Ordinal) ? Protection.Read : 0)
            | (letters.Contains('w', StringComparison.Ordinal) ? Protection.Write : 0)
            | (letters.Contains('x', StringComparison.Ordinal) ? Protection.Execute : 0);
    }
}
