using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Kills processes, and takes the private memory of those that cannot exit.</summary>
/// <remarks>Models <c>mm/oom_kill.c</c>.</remarks>
internal static class ReapMemory
{
    private const int AttemptsMax = 10;

    /// <summary>From this version on mapped memory that is locked is taken too.</summary>
    private const int TakesLockedSince = 518;

    public static IEnumerable<PreemptionPoint> Kill(AddressSpace victim, CpuOperation op)
    {
        if (victim.HasExited)
        {
            op.Errno = ErrorNumber.NoProcess;
            return [];
        }

        victim.IsKilled = true;
        return victim.IsBlocked ? [] : ExitProcess.Run(victim, op);
    }

    /// <remarks>Models <c>process_mrelease</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Release(AddressSpace victim, CpuOperation op)
    {
        if (victim.HasExited || !victim.IsKilled)
        {
            op.Errno = victim.HasExited ? ErrorNumber.NoProcess : ErrorNumber.Invalid;
            yield break;
        }

        while (!victim.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("process_mrelease");
        }

        var result = new StepResult();
        foreach (var point in victim.IsReaped ? [] : Pass(victim, op, result))
        {
            yield return point;
        }

        victim.UnlockMmap(op);
        yield return AddressSpace.Dropped("process_mrelease");
        op.Errno = result.FallsBack ? ErrorNumber.Again : 0;
        victim.IsReaped |= !result.FallsBack;
    }

    public static IEnumerable<PreemptionPoint> OomKill(Kernel kernel, CpuOperation op)
    {
        var victim = kernel.AddressSpaces
            .Where(mm => !mm.HasExited && mm.OomScoreAdjustment > -1000).MaxBy(mm => BadnessOf(kernel, mm));
        if (victim is null)
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        foreach (var point in Kill(victim, op))
        {
            yield return point;
        }

        foreach (var point in victim.HasExited ? [] : Reap(victim, op))
        {
            yield return point;
        }
    }

    /// <summary>Ten attempts, a tenth of a second apart; then it gives up.</summary>
    /// <remarks>Models <c>oom_reap_task</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Reap(AddressSpace victim, CpuOperation op)
    {
        for (var attempt = 0; attempt < AttemptsMax && !victim.IsReaped && !victim.HasExited; attempt++)
        {
            if (victim.TryLockMmap(op, write: false))
            {
                var result = new StepResult();
                foreach (var point in Pass(victim, op, result))
                {
                    yield return point;
                }

                victim.UnlockMmap(op);
                victim.IsReaped = !result.FallsBack;
            }

            yield return AddressSpace.Dropped("oom_reap_task");
        }

        victim.IsReaped = true;
    }

    /// <summary>
    /// Drops the private memory of every mapping. FallsBack in the result: something stayed because a notifier refused.
    /// </summary>
    /// <remarks>Models <c>__oom_reap_task_mm</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Pass(AddressSpace mm, CpuOperation op, StepResult result)
    {
        var policy = mm.Kernel.Profile.OomReaper;
        var isLeftAlone = policy is OomReaperPolicy.SkipsMmWithNotifiers && mm.Notifiers.HasAny
            || policy is OomReaperPolicy.SkipsMmWithBlockingNotifiers && mm.Notifiers.HasBlocking;
        if (isLeftAlone)
        {
            yield break;
        }

        mm.IsUnstable = true;
        foreach (var vma in mm.VmaList.Items.Where(vma => IsTaken(mm.Kernel.Profile, vma)).ToArray())
        {
            var steps = policy == OomReaperPolicy.WithoutNotifiers ? Silent(mm, op, vma) : Announced(mm, op, vma, result);
            foreach (var point in steps)
            {
                yield return point;
            }
        }
    }

    private static bool IsTaken(KernelProfile profile, Vma vma) =>
        !vma.Has(VmaFlags.Hugetlb) && !vma.IsShared
            && !(vma.Has(VmaFlags.Locked) && profile.Version < TakesLockedSince);

    private static IEnumerable<PreemptionPoint> Announced(
        AddressSpace mm, CpuOperation op, Vma vma, StepResult result)
    {
        var gather = new MmuGather(mm, op, CallSite.OomReaper);
        var range = mm.Announce(
            CallSite.OomReaper, vma, vma.StartAddress, vma.EndAddress, NotifierEvent.Unmap,
            isBlockable: !mm.Kernel.Profile.HasNonBlockableRanges);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        if (op.Context.StartResult != 0)
        {
            result.FallsBack = true;
            yield break;
        }

        foreach (var point in UnmapPages.Range(mm, op, gather, vma, vma.StartAddress, vma.EndAddress))
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        foreach (var point in gather.Flush())
        {
            yield return point;
        }
    }

    private static IEnumerable<PreemptionPoint> Silent(AddressSpace mm, CpuOperation op, Vma vma)
    {
        var gather = new MmuGather(mm, op, CallSite.OomReaper);
        op.Site = CallSite.OomReaper;
        foreach (var point in UnmapPages.Range(mm, op, gather, vma, vma.StartAddress, vma.EndAddress))
        {
            yield return point;
        }

        op.Site = CallSite.None;
        foreach (var point in gather.Flush())
        {
            yield return point;
        }
    }

    /// <summary>Pages and swap slots that the process uses, and what its adjustment adds.</summary>
    /// <remarks>Models <c>oom_badness</c>.</remarks>
    private static long BadnessOf(Kernel kernel, AddressSpace mm)
    {
        var pages = 0L;
        foreach (var vma in mm.VmaList.Items)
        {
            for (var at = vma.StartAddress; at < vma.EndAddress;)
            {
                mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out var stop);
                var next = Math.Min(vma.EndAddress, UnmapPages.NextBoundary(at, stop));
                var entry = mm.Tables.Read(slot);
                var isUsed = stop == PageTables.PteShift ? !entry.IsNone && !entry.IsSpecial : entry.IsHuge;
                pages += isUsed ? (long)((next - at) >> 12) : 0;
                at = next;
            }
        }

        return pages + (mm.OomScoreAdjustment * (long)kernel.Memory.FrameCount / 1000);
    }
}
