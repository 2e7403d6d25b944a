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
    /// Finds the pages of a range that were written since the last scan, and write-protects them again (PAGEMAP_SCAN
    /// with PM_SCAN_WP_MATCHING and PM_SCAN_CHECK_WPASYNC, 6.7 and later).
    /// </summary>
    /// <param name="range">Addresses; starts at a page.</param>
    /// <returns>
    /// The operation; the pages are in WrittenPages. Errno -1: it ended at a mapping without asynchronous write
    /// protection; -22: not in this kernel.
    /// </returns>
    public CpuOperation PagemapScan(VirtualRange range) => new(
        Kernel, this, OperationKind.UserFault, range, op => PagemapScanner.Run(this, op, range));

    /// <summary>
    /// Makes what is mapped shared and writable of a part of a file read-only, or clean, for a driver that must know
    /// what is written (5.5 and later).
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="offsetBytes">First byte in the file, at a page.</param>
    /// <param name="lengthBytes">Bytes, whole pages.</param>
    /// <param name="records">
    /// Whether dirty pages become clean (clean_record_shared_mapping_range); otherwise writable ones read-only
    /// (wp_shared_mapping_range).
    /// </param>
    /// <returns>The operation; WrittenOffsets has the pages that were changed. Errno -22: not in this kernel.</returns>
    public CpuOperation TrackSharedWrites(
        MemoryFile file, ulong offsetBytes, ulong lengthBytes, bool records = false) => new(
        Kernel, this, OperationKind.SharedWriteProtect, Whole,
        op => MappingDirtyTracking.Run(op, file, offsetBytes, offsetBytes + lengthBytes, records));

    /// <summary>Where the heap of every process begins.</summary>
    public static VirtualAddress HeapStart { get; } = new(0x5555_5555_6000);

    /// <summary>Where the heap ends: the break.</summary>
    public VirtualAddress HeapEnd { get; internal set; } = HeapStart;

    /// <summary>Moves the end of the heap; what lies beyond a lower one is unmapped.</summary>
    /// <param name="end">The new break, not below HeapStart.</param>
    /// <returns>The operation; Errno -12 when the break stays where it is.</returns>
    public CpuOperation Brk(VirtualAddress end) => new(
        Kernel, this, OperationKind.Brk, Whole, op => Heap.Run(this, op, end.Value));

    /// <summary>
    /// exec: the process gets an empty address space, which is in the operation's Child; this one ends as at exit.
    /// </summary>
    /// <remarks>Models <c>exec_mmap</c>: whoever has registered at the old mm is released with it.</remarks>
    public CpuOperation Exec() => new(Kernel, this, OperationKind.Exec, Whole, op =>
    {
        op.Child = Kernel.CreateAddressSpace(Tables.Levels);
        return ExitProcess.Run(this, op);
    });

    /// <summary>Whether a breakpoint was ever set in this process (MMF_HAS_UPROBES).</summary>
    internal bool HasUprobes { get; set; }

    /// <summary>
    /// Gives a device exclusive access to anonymous pages (5.14 and later; from 6.15 on page by page).
    /// </summary>
    /// <param name="range">Whole pages.</param>
    /// <param name="owner">Whose access it is; told to the notifiers: its own driver ignores it.</param>
    /// <param name="program">
    /// What the driver does while the pages are locked: no CPU takes them back before it has returned. It must look at
    /// its interval's sequence.
    /// </param>
    /// <returns>
    /// The operation; the pages are in ExclusivePages. Errno -14: none could be had; -95: not anonymous memory; -22:
    /// not in this kernel.
    /// </returns>
    public CpuOperation MakeDeviceExclusive(
        VirtualRange range, ulong owner, Action<IReadOnlyList<ExclusivePage>>? program = null) => new(
        Kernel, this, OperationKind.DeviceExclusive, range,
        op => DeviceExclusive.Create(this, op, range, owner, program));

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
