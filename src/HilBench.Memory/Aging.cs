using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Asks whether a page was used since the last time, by CPUs and by notifiers.</summary>
/// <remarks>Models <c>folio_referenced</c> and <c>lru_gen_look_around</c>.</remarks>
internal static class Aging
{
    /// <summary>Since this version the generations ask notifiers, with clear_young.</summary>
    internal const int GenerationsAskSince = 612;

    /// <summary>Base pages around a used one at which the generations look too.</summary>
    private const ulong LookAroundBytes = 64 * 4096;

    /// <summary>
    /// Clears the accessed bits of a page; the result tells in how many mappings it was used. The reverse map is held.
    /// </summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="op">Who asks.</param>
    /// <param name="head">The page.</param>
    /// <param name="result">References, IsLocked and IsExecutable are set.</param>
    /// <param name="cgroup">Mappings of other cgroups do not count; null: all count.</param>
    /// <param name="generations">The generations that the page may become younger in; null: the active lists.</param>
    public static IEnumerable<PreemptionPoint> Referenced(
        Kernel kernel, CpuOperation op, ulong head, StepResult result, byte? cgroup = null,
        GenerationalLru? generations = null)
    {
        foreach (var (vma, start, end) in Rmap.Mappings(kernel, head))
        {
            var mm = vma.Mm;
            if (cgroup is not null && mm.Cgroup != cgroup)
            {
                continue;
            }

            result.IsReferenced = false;
            for (var at = start; at < end;)
            {
                var isFound = mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out var stop);
                var entry = mm.Tables.Read(slot);
                var next = UnmapPages.NextBoundary(at, stop);
                if (entry.IsMapped && (isFound || entry.IsHuge) && kernel.Memory.HeadOf(entry.Frame) == head)
                {
                    if (vma.Has(VmaFlags.Locked))
                    {
                        result.IsLocked = true;
                        yield break;
                    }

                    foreach (var point in generations is not null && isFound
                        ? LookAround(mm, op, vma, slot, at, result, generations)
                        : Ask(mm, op, slot, at, stop, NotifierCallback.ClearFlushYoung, result))
                    {
                        yield return point;
                    }
                }

                at = next;
            }

            if (result.IsReferenced && !vma.Has(VmaFlags.Sequential))
            {
                result.References++;
                result.IsExecutable |= (vma.Protection & Protection.Execute) != 0;
            }
        }

        result.IsReferenced = result.References > 0;
    }

    /// <summary>Clears the accessed bit of one entry and asks the notifiers; IsReferenced in the result is only ever
    /// set.</summary>
    /// <remarks>Models <c>ptep_clear_flush_young_notify</c> and <c>ptep_clear_young_notify</c>; no TLB is flushed.</remarks>
    public static IEnumerable<PreemptionPoint> Ask(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, int shift, NotifierCallback callback,
        StepResult result)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("folio_referenced_one");
        }

        yield return AddressSpace.Taken("folio_referenced_one");
        var entry = mm.Tables.Read(slot);
        if (entry.IsMapped && entry.IsAccessed)
        {
            result.IsReferenced = true;
            mm.SetEntry(op, slot, shift, address, entry.With(0, PageTableEntry.Accessed), keepsFrames: true);
        }

        if (callback != NotifierCallback.None)
        {
            var (start, end) = (new VirtualAddress(address), new VirtualAddress(address + (1UL << shift)));
            foreach (var point in mm.Notifiers.Young(op.Context, callback, start, end))
            {
                yield return point;
            }

            result.IsReferenced |= op.Context.StartResult != 0;
        }

        foreach (var point in mm.InvalidateChanged(op, CallSite.Aging, address, shift))
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("folio_referenced_one");
    }

    /// <summary>One used base page: its neighbours in the table become younger too.</summary>
    /// <remarks>
    /// Models <c>lru_gen_look_around</c>. Before 6.12 only the page itself is asked of the notifiers, as on the lists.
    /// </remarks>
    private static IEnumerable<PreemptionPoint> LookAround(
        AddressSpace mm, CpuOperation op, Vma vma, ulong slot, ulong address, StepResult result,
        GenerationalLru generations)
    {
        var asksAll = mm.Kernel.Profile.Version >= GenerationsAskSince;
        var isYoung = mm.Tables.Read(slot).IsAccessed;
        var own = asksAll ? NotifierCallback.ClearYoung : NotifierCallback.ClearFlushYoung;
        foreach (var point in Ask(mm, op, slot, address, PageTables.PteShift, own, result))
        {
            yield return point;
        }

        if (asksAll ? !result.IsReferenced : !isYoung)
        {
            yield break;
        }

        var low = Math.Max(vma.StartAddress, address & ~(HugePages.Size - 1));
        var high = Math.Min(vma.EndAddress, (address & ~(HugePages.Size - 1)) + HugePages.Size);
        if (high - low > LookAroundBytes)
        {
            low = address - low < LookAroundBytes / 2 ? low
                : high - address < LookAroundBytes / 2 ? high - LookAroundBytes : address - (LookAroundBytes / 2);
            high = low + LookAroundBytes;
        }

        for (var at = low; at < high; at += 4096)
        {
            if (at == address || !mm.Tables.TryFind(at, PageTables.PteShift, out var other, out _)
                || !generations.Holds(mm.Tables.Read(other)))
            {
                continue;
            }

            var neighbour = new StepResult();
            var callback = asksAll ? NotifierCallback.ClearYoung : NotifierCallback.None;
            foreach (var point in Ask(mm, op, other, at, PageTables.PteShift, callback, neighbour))
            {
                yield return point;
            }

            if (neighbour.IsReferenced)
            {
                generations.Promote(mm.Memory.HeadOf(mm.Tables.Read(other).Frame));
            }
        }
    }
}
