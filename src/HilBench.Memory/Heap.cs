using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>brk: the heap grows and shrinks.</summary>
/// <remarks>Models the <c>brk</c> system call with <c>do_brk_flags</c> and <c>do_brk_munmap</c>.</remarks>
internal static class Heap
{
    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, ulong end)
    {
        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("brk");
        }

        yield return AddressSpace.Taken("brk");
        var (old, now) = (Rounded(mm.HeapEnd.Value), Rounded(end));
        if (end < AddressSpace.HeapStart.Value || now > mm.Tables.UserEnd.Value)
        {
            op.Errno = ErrorNumber.NoMemory;
        }
        else if (now < old)
        {
            foreach (var point in MapMemory.UnmapLocked(mm, op, now, old))
            {
                yield return point;
            }
        }
        else if (now > old)
        {
            op.Errno = mm.VmaList.Overlapping(old, now).Count > 0 ? ErrorNumber.NoMemory : 0;
            if (op.Errno == 0)
            {
                MapMemory.Insert(mm, old, now, new MapRequest(now - old, Protection.ReadWrite, MapFlags.None, old,
                    PageSizeHint.Base, null, 0));
            }
        }

        mm.HeapEnd = op.Errno == 0 ? new(end) : mm.HeapEnd;
        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("brk");
    }

    private static ulong Rounded(ulong address) => (address + 4095) & ~4095UL;
}
