using HilBench.Notifiers;

namespace HilBench.Memory;

public sealed partial class AddressSpace
{
    /// <summary>
    /// Sets a breakpoint in the code of a file: in every private mapping that is not writable, now and later.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="offsetBytes">Byte offset of the instruction.</param>
    /// <returns>The operation; Errno -22 when the offset lies beyond the file.</returns>
    public CpuOperation UprobeAdd(MemoryFile file, ulong offsetBytes) => new(
        Kernel, this, OperationKind.Uprobe, Whole, op => Uprobes.Add(op, file, offsetBytes));

    /// <summary>Takes a breakpoint away again.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offsetBytes">Byte offset of the instruction.</param>
    /// <returns>The operation; Errno -2 when there is none.</returns>
    public CpuOperation UprobeRemove(MemoryFile file, ulong offsetBytes) => new(
        Kernel, this, OperationKind.Uprobe, Whole, op => Uprobes.Remove(op, file, offsetBytes));

    /// <summary>Whether a breakpoint was ever set in this process (MMF_HAS_UPROBES).</summary>
    internal bool HasUprobes { get; set; }

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
