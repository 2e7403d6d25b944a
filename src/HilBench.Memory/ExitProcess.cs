using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>The end of a process: release, then everything is unmapped.</summary>
/// <remarks>Models <c>exit_mmap</c>.</remarks>
internal static class ExitProcess
{
    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op)
    {
        foreach (var point in mm.Notifiers.Release(op.Context))
        {
            yield return point;
        }

        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("exit_mmap");
        }

        yield return AddressSpace.Taken("exit_mmap");
        var vmas = mm.VmaList.Items.ToList();
        mm.VmaList.Clear();
        mm.Kernel.LazyFreed.Drain();
        var gather = new MmuGather(mm, op, CallSite.ExitMmap, isFullMm: true);
        if (vmas.Count > 0)
        {
            foreach (var point in UnmapPages.Vmas(mm, op, gather, vmas, 0, ulong.MaxValue, NotifierEvent.Unmap))
            {
                yield return point;
            }

            foreach (var vma in vmas)
            {
                VmaChange.Forget(vma);
            }

            while (!mm.Kernel.TryEnterRmap(op, write: true))
            {
                yield return AddressSpace.Waiting("unlink_anon_vmas");
            }

            foreach (var point in FreeTables.Free(mm, op, gather, vmas, floor: 0, ceiling: 0))
            {
                yield return point;
            }

            mm.Kernel.LeaveRmap(op);
        }

        foreach (var point in gather.Flush())
        {
            yield return point;
        }

        mm.UnlockMmap(op);
        mm.HasExited = true;
    }
}
