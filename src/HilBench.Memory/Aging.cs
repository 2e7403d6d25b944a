using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Asks whether a page was used since the last time, by CPUs and by notifiers.</summary>
/// <remarks>Models <c>folio_referenced</c>.</remarks>
internal static class Aging
{
    public static IEnumerable<PreemptionPoint> Referenced(Kernel kernel, CpuOperation op, ulong head, StepResult result)
    {
        foreach (var (vma, start, end) in Rmap.Mappings(kernel, head))
        {
            var mm = vma.Mm;
            for (var at = start; at < end;)
            {
                var isFound = mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out var stop);
                var entry = mm.Tables.Read(slot);
                var next = UnmapPages.NextBoundary(at, stop);
                if (entry.IsPresent && (isFound || entry.IsHuge) && kernel.Memory.HeadOf(entry.Frame) == head)
                {
                    foreach (var point in ClearFlushYoung(mm, op, slot, at, stop, entry, result))
                    {
                        yield return point;
                    }
                }

                at = next;
            }
        }
    }

    private static IEnumerable<PreemptionPoint> ClearFlushYoung(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, int shift, PageTableEntry entry, StepResult result)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("folio_referenced_one");
        }

        yield return AddressSpace.Taken("folio_referenced_one");
        if (mm.Tables.Read(slot) == entry && entry.IsAccessed)
        {
            result.IsReferenced = true;
            mm.SetEntry(op, slot, shift, address, entry.With(0, PageTableEntry.Accessed));
        }

        var end = address + (1UL << shift);
        foreach (var point in mm.Notifiers.Young(op.Context, NotifierCallback.ClearFlushYoung, new(address), new(end)))
        {
            yield return point;
        }

        result.IsReferenced |= op.Context.StartResult != 0;
        foreach (var point in mm.InvalidateChanged(op, CallSite.Aging, address, shift))
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("folio_referenced_one");
    }
}
