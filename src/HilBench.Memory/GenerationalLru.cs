using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// The generations of one cgroup on one node: pages that are used become young, the oldest generation is reclaimed.
/// </summary>
/// <remarks>
/// Models the multi-generational LRU of <c>mm/vmscan.c</c> (6.1 and later): <c>lru_gen_shrink_lruvec</c>,
/// <c>should_run_aging</c>, <c>try_to_inc_max_seq</c> with <c>walk_mm</c>, and <c>evict_folios</c>.
/// </remarks>
internal sealed class GenerationalLru(Kernel kernel, byte cgroup, byte node)
{
    private const ulong LeastGenerations = 2;
    private const ulong MostGenerations = 4;
    private const int EvictedAtOnce = 64;
    private readonly Dictionary<ulong, ulong> _sequenceOf = [];
    private readonly ulong[] _oldest = [0, 0];
    private HashSet<ulong>? _worthwhile;
    private ulong _youngest = LeastGenerations + 1;

    /// <summary>One round at one priority.</summary>
    public IEnumerable<PreemptionPoint> Shrink(CpuOperation op, ScanControl scan)
    {
        for (var scanned = 0UL; ;)
        {
            Take();
            var count = Total() >> scan.Priority;
            if (MustAge())
            {
                if (scan.Priority != ScanControl.FirstPriority)
                {
                    foreach (var point in Age(op))
                    {
                        yield return point;
                    }
                }

                count = Anon + LeastGenerations <= _youngest ? count : 0;
            }

            if (count == 0)
            {
                yield break;
            }

            var tally = new ReclaimTally();
            var pages = Isolate();
            foreach (var point in pages.Count > 0 ? Evict(op, pages, tally) : [])
            {
                yield return point;
            }

            scan.Reclaimed += tally.Reclaimed;
            scanned += (ulong)pages.Count;
            if (pages.Count == 0 || scanned >= count || scan.IsDone)
            {
                yield break;
            }
        }
    }

    /// <summary>Whether an entry maps a page of this cgroup on this node.</summary>
    public bool Holds(PageTableEntry entry)
    {
        if (!entry.IsMapped || entry.IsSpecial)
        {
            return false;
        }

        var page = kernel.Memory.State(kernel.Memory.HeadOf(entry.Frame));
        return page.Cgroup == cgroup && page.Node == node && !page.Has(FrameFlags.Zero | FrameFlags.Hugetlb);
    }

    /// <summary>A page becomes a member of the youngest generation.</summary>
    /// <remarks>Models <c>folio_update_gen</c>.</remarks>
    public void Promote(ulong head) => _sequenceOf[kernel.Memory.State(head).Identity] = _youngest;

    private ref ulong Anon => ref _oldest[0];

    private static int KindOf(in FrameState page) => page.Has(FrameFlags.SwapBacked) ? 0 : 1;

    /// <summary>Pages that are new since the last round get their generation; those that are gone are forgotten.</summary>
    /// <remarks>Models <c>lru_gen_add_folio</c>: what was faulted in is young, other pages of files are old.</remarks>
    private List<ulong> Take()
    {
        var pages = kernel.Lru.Collect(cgroup, node);
        var known = new HashSet<ulong>();
        foreach (var head in pages)
        {
            ref var page = ref kernel.Memory.State(head);
            known.Add(page.Identity);
            var isFaulted = Rmap.TotalMapCount(kernel.Memory, head) > 0 && (page.Has(FrameFlags.SwapBacked)
                || kernel.IsInFile(head));
            _sequenceOf.TryAdd(page.Identity, isFaulted ? _youngest : _oldest[KindOf(page)]);
        }

        foreach (var gone in _sequenceOf.Keys.Where(identity => !known.Contains(identity)).ToArray())
        {
            _sequenceOf.Remove(gone);
        }

        Advance(pages);
        return pages;
    }

    /// <summary>Empty old generations are given up, down to the least number.</summary>
    /// <remarks>Models <c>try_to_inc_min_seq</c>.</remarks>
    private void Advance(List<ulong> pages)
    {
        for (var kind = 0; kind < 2; kind++)
        {
            while (_oldest[kind] + LeastGenerations <= _youngest
                && !pages.Exists(head => IsOf(head, kind, _oldest[kind])))
            {
                _oldest[kind]++;
            }
        }

        _oldest[0] = Math.Min(_oldest[0], _oldest[1]);
        _oldest[1] = Math.Max(_oldest[0], _oldest[1]);
    }

    private bool IsOf(ulong head, int kind, ulong sequence)
    {
        ref var page = ref kernel.Memory.State(head);
        return KindOf(page) == kind && _sequenceOf[page.Identity] <= sequence;
    }

    private ulong Total() => (ulong)_sequenceOf.Count;

    /// <remarks>Models <c>should_run_aging</c>.</remarks>
    private bool MustAge()
    {
        if (Anon + LeastGenerations > _youngest)
        {
            return true;
        }

        if (Anon + LeastGenerations < _youngest)
        {
            return false;
        }

        var young = (ulong)_sequenceOf.Values.Count(sequence => sequence == _youngest);
        var old = (ulong)_sequenceOf.Values.Count(sequence => sequence + LeastGenerations == _youngest);
        return young * LeastGenerations > Total() || old * (LeastGenerations + 2) < Total();
    }

    /// <summary>Looks at all entries of the cgroup's processes; then a new youngest generation begins.</summary>
    /// <remarks>Models <c>try_to_inc_max_seq</c>; from 6.12 on the notifiers are asked too.</remarks>
    private IEnumerable<PreemptionPoint> Age(CpuOperation op)
    {
        var next = new HashSet<ulong>();
        foreach (var mm in kernel.AddressSpaces.Where(mm => !mm.HasExited && mm.Cgroup == cgroup).ToArray())
        {
            if (!mm.TryLockMmap(op, write: false))
            {
                continue;
            }

            foreach (var vma in mm.VmaList.Items.Where(IsWalked).ToArray())
            {
                foreach (var point in Walk(mm, op, vma, next))
                {
                    yield return point;
                }
            }

            mm.UnlockMmap(op);
        }

        _worthwhile = next;
        if (_youngest - Anon + 1 == MostGenerations)
        {
            _oldest[0]++;
            _oldest[1] = Math.Max(_oldest[0], _oldest[1]);
        }

        _youngest++;
    }

    private static bool IsWalked(Vma vma) => !vma.Has(VmaFlags.Locked | VmaFlags.Hugetlb | VmaFlags.Sequential);

    /// <summary>Tables in which few pages were young last time are left out.</summary>
    private IEnumerable<PreemptionPoint> Walk(AddressSpace mm, CpuOperation op, Vma vma, HashSet<ulong> next)
    {
        var callback = kernel.Profile.Version >= Aging.GenerationsAskSince
            ? NotifierCallback.ClearYoung : NotifierCallback.None;
        for (var at = vma.StartAddress; at < vma.EndAddress;)
        {
            var isFound = mm.Tables.TryFind(at, PageTables.PmdShift, out var pmd, out var stop);
            var end = Math.Min(vma.EndAddress, UnmapPages.NextBoundary(at, isFound ? PageTables.PmdShift : stop));
            var entry = mm.Tables.Read(pmd);
            var isTable = isFound && entry.IsPresent && !entry.IsHuge;
            var (young, total) = (0, 0);
            if (isTable && _worthwhile?.Contains(pmd) == false)
            {
                at = end;
                continue;
            }

            for (var page = at; page < end && entry.IsPresent; page += 1UL << (isTable ? PageTables.PteShift : stop))
            {
                total++;
                var slot = pmd;
                if ((isTable && !mm.Tables.TryFind(page, PageTables.PteShift, out slot, out _))
                    || !Holds(mm.Tables.Read(slot)))
                {
                    continue;
                }

                var result = new StepResult();
                var shift = isTable ? PageTables.PteShift : stop;
                foreach (var point in Aging.Ask(mm, op, slot, page, shift, callback, result))
                {
                    yield return point;
                }

                if (result.IsReferenced)
                {
                    young++;
                    Promote(mm.Memory.HeadOf(mm.Tables.Read(slot).Frame));
                }
            }

            if (isTable && young * 8 >= total)
            {
                next.Add(pmd);
            }

            at = end;
        }
    }

    /// <summary>The pages of the oldest generation, when there are more generations than the least.</summary>
    /// <remarks>Models <c>scan_folios</c> and <c>sort_folio</c>.</remarks>
    private List<ulong> Isolate()
    {
        var pages = Take();
        var first = _oldest[0] <= _oldest[1] ? 0 : 1;
        for (var i = 0; i < 2; i++)
        {
            var kind = i == 0 ? first : 1 - first;
            if (_youngest - _oldest[kind] + 1 == LeastGenerations)
            {
                continue;
            }

            var found = pages.FindAll(head => IsOf(head, kind, _oldest[kind]));
            if (found.Count > 0)
            {
                return found.Count > EvictedAtOnce ? found.GetRange(0, EvictedAtOnce) : found;
            }
        }

        return [];
    }

    /// <summary>Reclaims pages; those that stay become young.</summary>
    private IEnumerable<PreemptionPoint> Evict(CpuOperation op, List<ulong> pages, ReclaimTally tally)
    {
        var request = new ReclaimRequest(UsesReferences: true, cgroup, this);
        foreach (var point in Reclaim.List(kernel, op, pages, request, tally))
        {
            yield return point;
        }

        foreach (var head in tally.Kept)
        {
            kernel.Lru.MoveToFront(head);
            Promote(head);
        }
    }
}
