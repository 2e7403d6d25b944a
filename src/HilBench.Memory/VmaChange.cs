using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Splits and merges mappings.</summary>
internal static class VmaChange
{
    /// <summary>Cuts a mapping in two at an address inside it.</summary>
    /// <remarks>Models <c>__split_vma</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Split(AddressSpace mm, CpuOperation op, Vma vma, ulong at)
    {
        foreach (var point in SplitHugeAt(mm, op, vma, at))
        {
            yield return point;
        }

        var upper = new Vma(mm, at, vma.EndAddress)
        {
            Protection = vma.Protection,
            Flags = vma.Flags,
            File = vma.File,
            PageOffset = vma.IndexOf(at),
            AnonVma = vma.AnonVma,
            HugetlbShift = vma.HugetlbShift,
        };
        Link(upper, vma.AnonVmaChain);
        vma.File?.Vmas.Add(upper);
        vma.EndAddress = at;
        mm.VmaList.Add(upper);
        Requeue(vma);
    }

    /// <summary>
    /// Gives [start, end) of one mapping other properties, merging with the neighbours where they match.
    /// </summary>
    /// <remarks>Models <c>vma_merge</c>, then <c>split_vma</c>, as mprotect and madvise use them.</remarks>
    public static IEnumerable<PreemptionPoint> Modify(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, Protection protection, VmaFlags flags)
    {
        if (vma.HugetlbShift != 0 && ((start | end) & ((1UL << vma.HugetlbShift) - 1)) != 0)
        {
            op.Errno = ErrorNumber.Invalid;
            yield break;
        }

        var before = start == vma.StartAddress ? mm.VmaList.Before(start) : null;
        var after = end == vma.EndAddress ? mm.VmaList.StartingAtOrAfter(end) : null;
        before = before is not null && HasProperties(before, protection, flags) && IsCompatible(before, vma)
            && Takes(before, vma) ? before : null;
        after = after is not null && HasProperties(after, protection, flags) && IsCompatible(vma, after)
            && Takes(after, vma) ? after : null;
        after = before is not null && after is not null && !SharesAnon(before, after) ? null : after;
        if (before is null && after is null)
        {
            foreach (var cut in (ulong[])[start, end])
            {
                if (vma.StartAddress < cut && cut < vma.EndAddress)
                {
                    foreach (var point in Split(mm, op, vma, cut))
                    {
                        yield return point;
                    }

                    vma = mm.VmaList.Find(start)!;
                }
            }

            (vma.Protection, vma.Flags) = (protection, flags);
            yield break;
        }

        var isWhole = start == vma.StartAddress && end == vma.EndAddress;
        if (!isWhole)
        {
            foreach (var point in SplitHugeAt(mm, op, vma, before is null ? start : end))
            {
                yield return point;
            }
        }

        Absorb(mm, vma, before, after, start, end, isWhole);
    }

    /// <summary>
    /// Merges a new mapping with its neighbours. When these do not fit each other, mmap before 6.12 takes the upper
    /// one.
    /// </summary>
    /// <param name="mm">The address space.</param>
    /// <param name="vma">The new mapping.</param>
    /// <param name="prefersUpper">Which neighbour is taken when they do not fit each other.</param>
    /// <param name="except">A neighbour that is left alone.</param>
    public static void MergeAround(AddressSpace mm, Vma vma, bool prefersUpper = false, Vma? except = null)
    {
        var before = mm.VmaList.Before(vma.StartAddress);
        var after = mm.VmaList.StartingAtOrAfter(vma.EndAddress);
        (before, after) = (before == except ? null : before, after == except ? null : after);
        before = before is not null && HasProperties(before, vma.Protection, vma.Flags) && IsCompatible(before, vma)
            && Takes(before, vma) ? before : null;
        after = after is not null && HasProperties(after, vma.Protection, vma.Flags) && IsCompatible(vma, after)
            && Takes(after, vma) ? after : null;
        if (before is not null && after is not null && prefersUpper && !Takes(before, after))
        {
            before = null;
        }
        else if (before is not null && after is not null && !SharesAnon(before, after))
        {
            after = null;
        }

        if (before is not null || after is not null)
        {
            Absorb(mm, vma, before, after, vma.StartAddress, vma.EndAddress, isWhole: true);
        }
    }

    /// <summary>Takes a mapping that was removed out of the reverse maps.</summary>
    public static void Forget(Vma vma)
    {
        vma.File?.Vmas.Remove(vma);
        ForgetAnon(vma);
    }

    /// <summary>A mapping without pages of its own starts anew (unlink_anon_vmas).</summary>
    public static void ForgetAnon(Vma vma)
    {
        foreach (var anon in vma.AnonVmaChain)
        {
            anon.Vmas.Remove(vma);
        }

        vma.AnonVmaChain.Clear();
        vma.AnonVma = null;
    }

    /// <summary>A mapping whose bounds changed comes after its equals in the reverse map.</summary>
    /// <remarks>Models <c>anon_vma_interval_tree_post_update_vma</c> and <c>vma_complete</c>.</remarks>
    private static void Requeue(Vma vma)
    {
        if (vma.File?.Vmas.Remove(vma) == true)
        {
            vma.File.Vmas.Add(vma);
        }

        foreach (var anon in vma.AnonVmaChain)
        {
            anon.Vmas.Remove(vma);
            anon.Vmas.Add(vma);
        }
    }

    public static void Link(Vma vma, IEnumerable<AnonVma> chain)
    {
        foreach (var anon in chain.ToArray())
        {
            vma.AnonVmaChain.Add(anon);
            anon.Vmas.Add(vma);
        }
    }

    /// <summary>A mapping gets its own anon_vma, or that of a neighbour that could be merged with it.</summary>
    /// <remarks>Models <c>anon_vma_prepare</c>.</remarks>
    public static void PrepareAnon(AddressSpace mm, Vma vma)
    {
        if (vma.AnonVma is not null)
        {
            return;
        }

        var after = mm.VmaList.StartingAtOrAfter(vma.EndAddress);
        var before = mm.VmaList.Before(vma.StartAddress);
        var anon = Reusable(vma, after) ?? Reusable(before, vma, isBefore: true) ?? mm.Kernel.CreateAnonVma();
        vma.AnonVma = anon;
        Link(vma, [anon]);
    }

    /// <remarks>Models <c>vma_adjust_trans_huge</c>.</remarks>
    private static IEnumerable<PreemptionPoint> SplitHugeAt(AddressSpace mm, CpuOperation op, Vma vma, ulong at)
    {
        var low = at & ~((1UL << PageTables.PmdShift) - 1);
        var isInside = low >= vma.StartAddress && low + (1UL << PageTables.PmdShift) <= vma.EndAddress;
        return at == low || !isInside || vma.Has(VmaFlags.Hugetlb) ? [] : HugePages.SplitAddress(mm, op, vma, at);
    }

    private static AnonVma? Reusable(Vma? lower, Vma? upper, bool isBefore = false)
    {
        if (lower is null || upper is null || lower.EndAddress != upper.StartAddress || lower.File != upper.File)
        {
            return null;
        }

        const VmaFlags ignored = VmaFlags.SoftDirty;
        var isAlike = (lower.Flags & ~ignored) == (upper.Flags & ~ignored)
            && lower.IndexOf(lower.EndAddress) == upper.PageOffset;
        var owner = isBefore ? lower : upper;
        return isAlike && owner.AnonVma is not null && owner.AnonVmaChain.Count == 1 ? owner.AnonVma : null;
    }

    private static bool HasProperties(Vma neighbour, Protection protection, VmaFlags flags) =>
        neighbour.Protection == protection && (neighbour.Flags & ~VmaFlags.SoftDirty) == (flags & ~VmaFlags.SoftDirty);

    private static bool IsCompatible(Vma lower, Vma upper)
    {
        return lower.File == upper.File && !lower.Has(VmaFlags.Hugetlb) && lower.EndAddress == upper.StartAddress
            && lower.PageOffset + ((lower.EndAddress - lower.StartAddress) >> 12) == upper.PageOffset;
    }

    /// <summary>
    /// A neighbour takes in a part without pages of its own only when it has exactly one anon_vma itself.
    /// </summary>
    /// <remarks>Models <c>is_mergeable_anon_vma</c>.</remarks>
    private static bool Takes(Vma neighbour, Vma part) =>
        neighbour.AnonVma == part.AnonVma || (part.AnonVma is null && neighbour.AnonVmaChain.Count == 1);

    private static bool SharesAnon(Vma before, Vma after) =>
        before.AnonVma == after.AnonVma || before.AnonVma is null || after.AnonVma is null;

    private static void Absorb(AddressSpace mm, Vma vma, Vma? before, Vma? after, ulong start, ulong end, bool isWhole)
    {
        var keeper = before ?? after!;
        if (isWhole)
        {
            mm.VmaList.Remove(vma);
            Adopt(keeper, vma);
            Forget(vma);
        }
        else
        {
            Adopt(keeper, vma);
        }

        if (before is not null && after is not null && isWhole)
        {
            mm.VmaList.Remove(after);
            Adopt(before, after);
            before.EndAddress = after.EndAddress;
            Forget(after);
        }
        else if (before is not null)
        {
            before.EndAddress = end;
            MoveStart(mm, vma, end, isWhole);
        }
        else
        {
            keeper.PageOffset -= (keeper.StartAddress - start) >> 12;
            vma.EndAddress = isWhole ? vma.EndAddress : start;
            keeper.StartAddress = start;
        }

        keeper.Flags |= vma.Flags & VmaFlags.SoftDirty;
        Requeue(keeper);
        Requeue(vma);
    }

    private static void MoveStart(AddressSpace mm, Vma vma, ulong start, bool isGone)
    {
        if (!isGone)
        {
            mm.VmaList.Remove(vma);
            vma.PageOffset = vma.IndexOf(start);
            vma.StartAddress = start;
            mm.VmaList.Add(vma);
        }
    }

    private static void Adopt(Vma keeper, Vma vma)
    {
        if (keeper.AnonVma is null && vma.AnonVma is not null)
        {
            keeper.AnonVma = vma.AnonVma;
            Link(keeper, vma.AnonVmaChain);
        }
    }
}
