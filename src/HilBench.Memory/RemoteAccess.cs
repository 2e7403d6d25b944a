using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// The kernel writes into the memory of a process: through its own mapping of the page, so that the process's entry gets
/// no accessed or dirty bit from it.
/// </summary>
internal static class RemoteAccess
{
    /// <remarks>Models <c>__access_remote_vm</c> and <c>process_vm_rw</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Write(
        AddressSpace mm, CpuOperation op, VirtualRange range, ReadOnlyMemory<byte> bytes, bool isForced)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("__access_remote_vm");
        }

        yield return AddressSpace.Taken("__access_remote_vm");
        var flags = UserPageFlags.Write | UserPageFlags.Touch | (isForced ? UserPageFlags.Force : UserPageFlags.Pin);
        var result = new StepResult();
        for (var address = range.Start.Value; address < range.End.Value && op.Errno == 0;)
        {
            foreach (var point in UserPages.Get(mm, op, address, flags, result))
            {
                yield return point;
            }

            if (result.Frame == 0)
            {
                break;
            }

            var length = (int)(Math.Min(range.End.Value, (address | 4095) + 1) - address);
            Store(mm, op, address, result.Frame, bytes.Slice((int)(address - range.Start.Value), length).Span);
            yield return new(PreemptionKind.PageCopied, "copy_to_user_page");
            mm.Kernel.Put(op, result.Frame);
            op.DoneBytes += (ulong)length;
            address += (ulong)length;
        }

        op.Errno = op.Errno == 0 || op.DoneBytes > 0 ? 0 : isForced ? ErrorNumber.InputOutput : ErrorNumber.Fault;
        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("__access_remote_vm");
    }

    private static void Store(
        AddressSpace mm, CpuOperation op, ulong address, ulong frame, ReadOnlySpan<byte> bytes)
    {
        mm.Kernel.Store(op, PhysicalAddress.OfFrame(frame).Add(address & 4095), bytes, address);
        mm.Memory.State(mm.Memory.HeadOf(frame)).Flags |= FrameFlags.Dirty;
    }
}
