using HilBench.Notifiers;

namespace HilBench.Memory;

public sealed partial class AddressSpace
{
    /// <summary>
    /// Looks up the pages of a range as a device driver does; they are in the operation's HmmPages afterwards.
    /// </summary>
    /// <param name="range">Addresses; widened to whole pages.</param>
    /// <param name="access">What the device wants to do: pages that do not allow it are faulted in.</param>
    /// <param name="interval">The driver's interval; null: the sequence is not looked at.</param>
    /// <param name="sequence">What read_begin of the interval answered before.</param>
    /// <returns>
    /// The operation. Its Errno is -16 (EBUSY) when the interval was invalidated since: the driver begins anew. -14
    /// (EFAULT): a page cannot be had; -1 (EPERM): the mapping may not be written.
    /// </returns>
    /// <remarks>
    /// Models <c>hmm_range_fault</c>. What it returns may be used only if the interval's read_retry, under the lock of
    /// the driver, says so.
    /// </remarks>
    public CpuOperation HmmRangeFault(
        VirtualRange range, HmmAccess access, IntervalSubscription? interval = null, ulong sequence = 0) => new(
        Kernel, this, OperationKind.HmmFault, range,
        op => HmmRange.Run(this, op, range, access, interval, sequence));
}
