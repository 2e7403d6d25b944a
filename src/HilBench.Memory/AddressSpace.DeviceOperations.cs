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

    /// <summary>Moves pages to another address of the process without a copy (UFFDIO_MOVE, 6.8 and later).</summary>
    /// <param name="source">Whole pages within one private anonymous mapping that may be written.</param>
    /// <param name="to">Where to: within one mapping that userfaultfd watches.</param>
    /// <param name="allowsHoles">Whether empty pages are passed over; otherwise they end the move.</param>
    /// <returns>
    /// The operation; DoneBytes tells how much was moved. Errno: -11 only a part, -2 a hole, -16 a page that others
    /// use, -17 something is there already, -22 such mappings cannot be moved.
    /// </returns>
    public CpuOperation UffdMove(VirtualRange source, VirtualAddress to, bool allowsHoles = false) => new(
        Kernel, this, OperationKind.UserFault, source,
        op => UserFaultMove.Run(this, op, source, to.Value, allowsHoles));

    /// <summary>
    /// Finds the pages of a range that were written since the last scan, and write-protects them again (PAGEMAP_SCAN with
    /// PM_SCAN_WP_MATCHING, 6.7 and later). Only mappings with asynchronous write protection are looked at.
    /// </summary>
    /// <param name="range">Addresses; starts at a page.</param>
    /// <returns>The operation; the pages are in WrittenPages. Errno -22: not in this kernel.</returns>
    public CpuOperation PagemapScan(VirtualRange range) => new(
        Kernel, this, OperationKind.UserFault, range, op => PagemapScanner.Run(this, op, range));

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
