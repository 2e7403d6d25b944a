using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>fork: the child gets the mappings; the pages are shared until one side writes.</summary>
/// <remarks>Models <c>dup_mmap</c>, <c>copy_page_range</c> and <c>copy_huge_pmd</c>.</remarks>
internal static class ForkProcess
{
    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op)
    {
        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("dup_mmap");
        }

        yield return AddressSpace.Taken("dup_mmap");
        var child = mm.Kernel.CreateAddressSpace(mm.Tables.Levels);
        op.Child = child;
        child.Cgroup = mm.Cgroup;
        child.HasUprobes = mm.HasUprobes;
        child.HeapEnd = mm.HeapEnd;
        foreach (var vma in mm.VmaList.Items.ToArray())
        {
            if (vma.Has(VmaFlags.DontFork))
            {
                continue;
            }

            // Nobody who walks the mappings of a page may miss the copy (anon_vma_fork, vma_interval_tree_insert_after).
            while (!mm.Kernel.TryEnterRmap(op, write: true))
            {
                yield return AddressSpace.Waiting("anon_vma_fork");
            }

            var copy = Duplicate(child, vma);
            mm.Kernel.LeaveRmap(op);
            if (vma.AnonVma is not null && !vma.Has(VmaFlags.WipeOnFork) && op.Errno == 0)
            {
                foreach (var point in CopyPages(mm, op, vma, copy))
                {
                    yield return point;
                }
            }
        }

        foreach (var point in mm.FlushCpuTlb(op, Sites(mm), 0, ulong.MaxValue))
        {
            yield return point;
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("dup_mmap");
    }

    private static CallSite SiteOf(Vma vma) => vma.HugetlbShift != 0 ? CallSite.ForkHugetlb : CallSite.Fork;

    /// <summary>
    /// The one CPU flush at the end belongs to both rows of fork; it counts as that of a mapping with more to tell.
    /// </summary>
    private static CallSite Sites(AddressSpace mm) =>
        mm.VmaList.Items.All(vma => vma.HugetlbShift != 0 || vma.AnonVma is null) ? CallSite.ForkHugetlb
            : CallSite.Fork;

    /// <summary>Code L2 of hugetlb: with the range of the whole mapping for each entry.</summary>
    private static IEnumerable<PreemptionPoint> InvalidateHuge(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, int shift)
    {
        const Placement underLock = Placement.UnderLockAfterSet | Placement.UnderLockBeforeSet;
        return vma.HugetlbShift == 0 ? mm.InvalidateChanged(op, CallSite.Fork, address, shift)
            : mm.InvalidateAt(op, CallSite.ForkHugetlb, underLock, vma.StartAddress, vma.EndAddress);
    }

    private static Vma Duplicate(AddressSpace child, Vma vma)
    {
        var copy = new Vma(child, vma.StartAddress, vma.EndAddress)
        {
            Protection = vma.Protection,
            Flags = vma.Flags & ~(VmaFlags.Locked | VmaFlags.LockOnFault | UserFaults.All),
            File = vma.File,
            PageOffset = vma.PageOffset,
            HugetlbShift = vma.HugetlbShift,
            SwapWindow = vma.SwapWindow,
        };
        if (vma.AnonVma is not null && !vma.Has(VmaFlags.WipeOnFork))
        {
            VmaChange.Link(copy, vma.AnonVmaChain);
            var own = child.Kernel.CreateAnonVma();
            copy.AnonVma = own;
            VmaChange.Link(copy, [own]);
        }

        if (vma.File is { } file)
        {
            file.Vmas.Insert(file.Vmas.IndexOf(vma) + 1, copy);
        }

        child.VmaList.Add(copy);
        return copy;
    }

    private static IEnumerable<PreemptionPoint> CopyPages(AddressSpace mm, CpuOperation op, Vma vma, Vma copy)
    {
        var site = SiteOf(vma);
        var range = mm.Announce(site, vma, vma.StartAddress, vma.EndAddress,
            vma.Has(VmaFlags.Hugetlb) ? NotifierEvent.Clear : NotifierEvent.ProtectionPage);
        if (vma.IsCow)
        {
            foreach (var point in mm.StartRange(op, range))
            {
                yield return point;
            }
        }

        for (var at = vma.StartAddress; at < vma.EndAddress && op.Errno == 0;)
        {
            var isFound = mm.Tables.TryFind(at, PageTables.PmdShift, out var slot, out var stop);
            var next = Math.Min(vma.EndAddress, UnmapPages.NextBoundary(at, isFound ? PageTables.PmdShift : stop));
            var entry = mm.Tables.Read(slot);
            if (!entry.IsNone && !entry.IsMapped)
            {
                if (entry.SwapType == SwapType.Hwpoison && copy.Mm.TryMakeTables(op, at, stop, out var childSlot))
                {
                    copy.Mm.SetEntry(op, childSlot, stop, at, entry);
                    at = next;
                    continue;
                }

                yield return AddressSpace.Waiting("pmd_migration_entry_wait");
                continue;
            }

            var result = new StepResult();
            var steps = entry.IsNone ? [] : entry.IsHuge
                ? CopyHuge(mm, op, vma, copy, slot, at, stop, result)
                : CopyTable(mm, op, vma, copy, at, next);
            foreach (var point in steps)
            {
                yield return point;
            }

            at = result.FallsBack ? at : next;
        }

        if (vma.IsCow)
        {
            foreach (var point in mm.EndRange(op, range))
            {
                yield return point;
            }
        }
    }

    private static IEnumerable<PreemptionPoint> CopyTable(
        AddressSpace mm, CpuOperation op, Vma vma, Vma copy, ulong start, ulong end)
    {
        if (!mm.Tables.TryFind(start, PageTables.PteShift, out var first, out _))
        {
            yield break;
        }

        if (!copy.Mm.TryMakeTables(op, start, PageTables.PteShift, out var childFirst))
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        while (!copy.Mm.TryLockTable(op, childFirst))
        {
            yield return AddressSpace.Waiting("copy_pte_range");
        }

        while (!mm.TryLockTable(op, first))
        {
            yield return AddressSpace.Waiting("copy_pte_range");
        }

        yield return AddressSpace.Taken("copy_pte_range");
        for (var at = start; at < end; at += 4096)
        {
            mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _);
            var entry = mm.Tables.Read(slot);
            if (entry.IsNone)
            {
                continue;
            }

            copy.Mm.Tables.TryFind(at, PageTables.PteShift, out var childSlot, out _);
            CopyEntry(mm, op, vma, copy, slot, childSlot, at, entry);
            yield return AddressSpace.Changed("copy_pte_range");
            foreach (var point in vma.IsCow ? mm.InvalidateChanged(op, CallSite.Fork, at, PageTables.PteShift) : [])
            {
                yield return point;
            }
        }

        mm.UnlockTable(op, first);
        copy.Mm.UnlockTable(op, childFirst);
        yield return AddressSpace.Dropped("copy_pte_range");
    }

    /// <remarks>Models <c>copy_present_pte</c> and <c>copy_nonpresent_pte</c>.</remarks>
    private static void CopyEntry(
        AddressSpace mm, CpuOperation op, Vma vma, Vma copy, ulong slot, ulong childSlot, ulong address,
            PageTableEntry entry)
    {
        if (DeviceExclusive.Is(entry))
        {
            entry = DeviceExclusive.RestoreForCopy(mm, op, vma, slot, address, entry);
        }

        if (!entry.IsMapped)
        {
            if (MigrationEntry.IsMigration(entry))
            {
                entry = PageTableEntry.OfSwap(SwapType.MigrationRead, entry.SwapOffset).With(entry.Value & 0xE);
                mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
                copy.Mm.SetEntry(op, childSlot, PageTables.PteShift, address, entry);
            }
            else if (entry.SwapType == SwapType.Swap)
            {
                entry = entry.With(0, PageTableEntry.SwapExclusive);
                mm.Kernel.Swap.Get(entry.SwapOffset);
                mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
                copy.Mm.SetEntry(op, childSlot, PageTables.PteShift, address,
                    entry.With(0, PageTableEntry.SwapUffdWp));
            }
            else if (entry.SwapType == SwapType.Hwpoison)
            {
                copy.Mm.SetEntry(op, childSlot, PageTables.PteShift, address, entry);
            }

            return;
        }

        if (!entry.IsSpecial && mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive)
            && UserPages.IsPinned(mm, entry.Frame))
        {
            CopyPinned(mm, op, copy, childSlot, address, entry);
            return;
        }

        if (!entry.IsSpecial)
        {
            mm.Kernel.Get(entry.Frame);
            ref var page = ref mm.Memory.State(entry.Frame);
            page.MapCount++;
            page.Flags &= ~FrameFlags.AnonExclusive;
        }

        if (vma.IsCow && entry.IsWritable)
        {
            entry = entry.With(0, PageTableEntry.Writable);
            mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
        }

        var clear = PageTableEntry.Accessed | PageTableEntry.UffdWp | (vma.IsShared ? PageTableEntry.Dirty : 0);
        copy.Mm.SetEntry(op, childSlot, PageTables.PteShift, address, entry.With(0, clear));
    }

    /// <summary>A page that a driver may be using stays the parent's alone: the child gets a copy at once.</summary>
    /// <remarks>Models <c>copy_present_page</c>.</remarks>
    private static void CopyPinned(
        AddressSpace mm, CpuOperation op, Vma copy, ulong childSlot, ulong address, PageTableEntry entry)
    {
        if (!mm.Kernel.TryAllocate(op, copy, address, 0, out var frame))
        {
            op.Errno = ErrorNumber.NoMemory;
            return;
        }

        mm.Memory.Copy(entry.Frame, frame);
        Rmap.AddNewAnon(mm.Memory, frame, copy, address);
        copy.Mm.SetEntry(op, childSlot, PageTables.PteShift, address,
            PageTableEntry.Of(frame, copy.PageBits).With(PageFault.WriteBits(copy)));
    }

    private static IEnumerable<PreemptionPoint> CopyHuge(
        AddressSpace mm, CpuOperation op, Vma vma, Vma copy, ulong slot, ulong address, int shift,
        StepResult result)
    {
        var deposit = 0UL;
        if (!copy.Mm.TryMakeTables(op, address, shift, out var childSlot)
            || (vma.HugetlbShift == 0 && !copy.Mm.TryAllocateTable(op, out deposit)))
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        while (!copy.Mm.TryLockTable(op, childSlot))
        {
            yield return AddressSpace.Waiting("copy_huge_pmd");
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("copy_huge_pmd");
        }

        yield return AddressSpace.Taken("copy_huge_pmd");
        var entry = mm.Tables.Read(slot);
        if (!entry.IsHuge)
        {
            // Split or under migration meanwhile: looked at again.
            result.FallsBack = true;
            mm.UnlockTable(op, slot);
            copy.Mm.UnlockTable(op, childSlot);
            if (deposit != 0)
            {
                mm.Kernel.Put(op, deposit);
            }

            yield break;
        }

        var isFile = vma.HugetlbShift == 0 && !HugePages.KeepsTable(mm, entry.Frame);
        var mustSplit = vma.HugetlbShift == 0 && mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive)
            && UserPages.IsPinned(mm, entry.Frame);
        if (isFile || mustSplit)
        {
            // What a file backs is faulted in again; what a driver may be using is copied page by page.
            mm.UnlockTable(op, slot);
            copy.Mm.UnlockTable(op, childSlot);
            mm.Kernel.Put(op, deposit);
            result.FallsBack = mustSplit;
            foreach (var point in mustSplit ? HugePages.Split(mm, op, vma, address) : [])
            {
                yield return point;
            }

            yield break;
        }

        ref var page = ref mm.Memory.State(entry.Frame);
        if (!page.Has(FrameFlags.Zero))
        {
            page.RefCount++;
            page.EntireMapCount++;
            page.Flags &= ~FrameFlags.AnonExclusive;
        }

        if (vma.IsCow)
        {
            entry = entry.With(0, PageTableEntry.Writable);
            mm.SetEntry(op, slot, shift, address, entry);
        }

        if (deposit != 0)
        {
            HugePages.DepositTable(copy.Mm, childSlot, deposit);
        }

        copy.Mm.SetEntry(op, childSlot, shift, address, vma.HugetlbShift != 0 ? entry
            : entry.With(0, PageTableEntry.Accessed));
        yield return AddressSpace.Changed("copy_huge_pmd");
        foreach (var point in vma.IsCow ? InvalidateHuge(mm, op, vma, address, shift) : [])
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
        copy.Mm.UnlockTable(op, childSlot);
        yield return AddressSpace.Dropped("copy_huge_pmd");
    }
}
