using HilBench.Notifiers;

namespace HilBench.Memory;

public sealed partial class AddressSpace
{
    /// <summary>
    /// Maps anonymous memory, or a file when one is given. The place is in the operation's Range afterwards.
    /// </summary>
    /// <param name="sizeBytes">A multiple of the page size; rounded up.</param>
    /// <param name="protection">What may be done.</param>
    /// <param name="flags">Shared or private, fixed or not.</param>
    /// <param name="at">Where; null: the kernel chooses. Without Fixed it fails with -EEXIST when occupied.</param>
    /// <param name="pageSize">The page size that is hoped for.</param>
    /// <param name="file">The file; null for anonymous memory.</param>
    /// <param name="fileOffsetBytes">Offset in the file, a multiple of 4096.</param>
    public CpuOperation Mmap(
        ulong sizeBytes, Protection protection, MapFlags flags = MapFlags.None, VirtualAddress? at = null,
        PageSizeHint pageSize = PageSizeHint.Base, MemoryFile? file = null, ulong fileOffsetBytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sizeBytes);
        pageSize = file?.Kind == FileKind.Hugetlb ? PageSizeHint.Hugetlb : pageSize;
        var granule = MapMemory.HugetlbShiftOf(pageSize) is > 0 and var shift ? 1UL << shift : 4096UL;
        sizeBytes = (sizeBytes + granule - 1) & ~(granule - 1);
        var request = new MapRequest(sizeBytes, protection, flags, at?.Value, pageSize, file, fileOffsetBytes);
        var range = VirtualRange.OfSize(at ?? new(4096), sizeBytes);
        return new CpuOperation(Kernel, this, OperationKind.Mmap, range, op => MapMemory.Map(this, op, request));
    }

    /// <summary>Unmaps a range; what is not mapped there is left out.</summary>
    public CpuOperation Munmap(VirtualRange range) => new(
        Kernel, this, OperationKind.Munmap, range, op => MapMemory.Unmap(this, op, range.Start.Value, PageEnd(range)));

    /// <summary>Faults in every page of a range, for load or store, without changing contents.</summary>
    public CpuOperation Touch(VirtualRange range, bool forWrite = false) => new(
        Kernel, this, OperationKind.Touch, range, op => MemoryAccess.Touch(this, op, range, forWrite));

    /// <summary>Loads bytes; they are in the operation's Bytes afterwards.</summary>
    public CpuOperation Read(VirtualAddress address, int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthBytes, 1);
        var range = VirtualRange.OfSize(address, (ulong)lengthBytes);
        return new CpuOperation(Kernel, this, OperationKind.Read, range, op => MemoryAccess.Read(this, op, range));
    }

    /// <summary>Stores bytes, page by page.</summary>
    public CpuOperation Write(VirtualAddress address, ReadOnlyMemory<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytes.Length);
        var range = VirtualRange.OfSize(address, (ulong)bytes.Length);
        return new CpuOperation(Kernel, this, OperationKind.Write, range, op =>
            MemoryAccess.Write(this, op, range, bytes));
    }

    /// <summary>Changes what may be done with a range.</summary>
    public CpuOperation Mprotect(VirtualRange range, Protection protection) => new(
        Kernel, this, OperationKind.Mprotect, range, op => ChangeProtection.Run(this, op, range, protection));

    /// <summary>Gives advice on a range; some advice acts at once.</summary>
    public CpuOperation Madvise(VirtualRange range, Advice advice) => new(
        Kernel, this, OperationKind.Madvise, range, op => AdviseMemory.Run(this, op, range, advice));

    /// <summary>madvise DONTNEED: the pages of a range are dropped; the next access sees zeroes or the file.</summary>
    public CpuOperation MadviseDontneed(VirtualRange range) => Madvise(range, Advice.DontNeed);

    /// <summary>
    /// Makes a child with a copy of everything, sharing pages until one side writes. It is in the operation's Child.
    /// </summary>
    public CpuOperation Fork() => new(Kernel, this, OperationKind.Fork, Whole, op => ForkProcess.Run(this, op));

    /// <summary>The process ends: notifiers are released, everything is unmapped.</summary>
    public CpuOperation Exit() => new(Kernel, this, OperationKind.Exit, Whole, op => ExitProcess.Run(this, op));

    /// <summary>Resizes or moves a mapping; where it lies afterwards is in the operation's Range.</summary>
    /// <param name="oldRange">What is moved; within one mapping.</param>
    /// <param name="newSizeBytes">Bytes afterwards; rounded up to pages.</param>
    /// <param name="to">Where to; null: it stays where it is.</param>
    /// <param name="keepsOld">Whether the old mapping stays, empty (MREMAP_DONTUNMAP).</param>
    public CpuOperation Mremap(
        VirtualRange oldRange, ulong newSizeBytes, VirtualAddress? to = null, bool keepsOld = false) =>
        MremapOf(oldRange.Start, PageEnd(oldRange) - oldRange.Start.Value, newSizeBytes, to, keepsOld);

    /// <summary>Maps the pages of a shared mapping a second time (mremap with an old size of 0).</summary>
    public CpuOperation MremapDuplicate(VirtualAddress address, ulong newSizeBytes, VirtualAddress to) =>
        MremapOf(address, 0, newSizeBytes, to, keepsOld: false);

    /// <summary>
    /// Resets accessed bits (1 all, 2 anonymous, 3 files) or soft-dirty bits (4) of the whole process.
    /// </summary>
    public CpuOperation ClearRefs(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ClearReferences.SoftDirty);
        return new CpuOperation(Kernel, this, OperationKind.ClearRefs, Whole, op =>
            ClearReferences.Run(this, op, value));
    }

    /// <summary>Locks a range into memory and faults it in, unless only what is faulted in later is wanted.</summary>
    public CpuOperation Mlock(VirtualRange range, bool onFault = false) => new(
        Kernel, this, OperationKind.Mlock, range,
        op => LockMemory.Run(this, op, range, onFault ? VmaFlags.Locked | VmaFlags.LockOnFault : VmaFlags.Locked));

    /// <summary>Binds a range to a memory node: its mapping is cut there. Pages stay where they are.</summary>
    /// <param name="range">Whole pages; -EFAULT when a part is not mapped.</param>
    /// <param name="node">0 or 1: where its memory comes from from now on.</param>
    /// <remarks>Models <c>mbind</c> with MPOL_BIND.</remarks>
    public CpuOperation Mbind(VirtualRange range, byte node = 0) => new(
        Kernel, this, OperationKind.Mbind, range, op => LockMemory.Bind(this, op, range, node));

    /// <summary>Unlocks a range.</summary>
    public CpuOperation Munlock(VirtualRange range) => new(
        Kernel, this, OperationKind.Mlock, range, op => LockMemory.Run(this, op, range, VmaFlags.None));

    /// <summary>Splits the huge pages that are mapped in a range, not only their mappings.</summary>
    public CpuOperation SplitHuge(VirtualRange range) => new(
        Kernel, this, OperationKind.SplitHuge, range, op => SplitFolio.Run(this, op, range));

    /// <summary>
    /// Moves the pages that are mapped in a range to other frames; a device write meanwhile must not be lost.
    /// </summary>
    /// <param name="range">The range.</param>
    /// <param name="movesShared">Whether pages that others map too are moved (MPOL_MF_MOVE_ALL).</param>
    public CpuOperation Migrate(VirtualRange range, bool movesShared = true) => new(
        Kernel, this, OperationKind.Migrate, range, op => Migration.Run(this, op, range, movesShared));

    /// <summary>Writes to a file through the page cache.</summary>
    public CpuOperation FileWrite(MemoryFile file, ulong offsetBytes, ReadOnlyMemory<byte> bytes) => new(
        Kernel, this, OperationKind.FileWrite, Whole, op => FileOperations.Write(this, op, file, offsetBytes, bytes));

    /// <summary>
    /// Writes the dirty pages of a file back (fsync, msync); shared mappings are write-protected first.
    /// </summary>
    public CpuOperation FileSync(MemoryFile file, ulong offsetBytes = 0, ulong lengthBytes = ulong.MaxValue) => new(
        Kernel, this, OperationKind.FileSync, Whole, op => FileOperations.WriteBack(
            Kernel, op, file, offsetBytes, lengthBytes == ulong.MaxValue ? lengthBytes : offsetBytes + lengthBytes));

    /// <summary>Changes the size of a file; what lies beyond is unmapped everywhere.</summary>
    public CpuOperation FileTruncate(MemoryFile file, ulong sizeBytes) => new(
        Kernel, this, OperationKind.FileTruncate, Whole, op => FileOperations.Truncate(Kernel, op, file, sizeBytes));

    /// <summary>Makes a hole in a file; whole pages only. It is unmapped everywhere, private copies stay.</summary>
    public CpuOperation FilePunch(MemoryFile file, ulong offsetBytes, ulong lengthBytes) => new(
        Kernel, this, OperationKind.FilePunch, Whole,
        op => FileOperations.Punch(Kernel, op, file, offsetBytes, offsetBytes + lengthBytes));

    /// <summary>khugepaged looks at the mappings that want huge pages and collapses what was used.</summary>
    public CpuOperation Khugepaged() => new(
        Kernel, this, OperationKind.Khugepaged, Whole, op => CollapseMemory.Khugepaged(this, op));

    /// <summary>
    /// Full scans of KSM over all processes: a page is merged when its contents are the same as one scan before.
    /// </summary>
    /// <param name="passes">Scans; the first of a new page only notes its contents.</param>
    /// <remarks>Models <c>ksm_do_scan</c>.</remarks>
    public CpuOperation KsmScan(int passes = 2) => new(
        Kernel, this, OperationKind.Ksm, Whole, op => MergeScan.Run(Kernel, op, passes));

    /// <summary>Every page that KSM merged gets its own copies again.</summary>
    public CpuOperation KsmUnmerge() => new(
        Kernel, this, OperationKind.Ksm, Whole, op => SamePageMerging.BreakAll(Kernel, op));

    /// <summary>
    /// Lets userfaultfd watch a range: missing pages, writes to pages it protected, or pages only the file has. Faults
    /// that it
    /// would handle raise SIGBUS.
    /// </summary>
    public CpuOperation UffdRegister(VirtualRange range, VmaFlags modes) => new(
        Kernel, this, OperationKind.UserFault, range, op =>
            UserFaults.Register(this, op, range, modes & UserFaults.All));

    /// <summary>Ends userfaultfd's watch and its write protection.</summary>
    public CpuOperation UffdUnregister(VirtualRange range) => new(
        Kernel, this, OperationKind.UserFault, range, op => UserFaults.Unregister(this, op, range));

    /// <summary>Sets or clears userfaultfd's write protection on what is mapped in a range.</summary>
    public CpuOperation UffdWriteProtect(VirtualRange range, bool enables) => new(
        Kernel, this, OperationKind.UserFault, range, op => UserFaults.WriteProtect(this, op, range, enables));

    /// <summary>Fills missing pages with copies of one page; with the zero page when none is given.</summary>
    public CpuOperation UffdCopy(VirtualRange range, ReadOnlyMemory<byte>? page) => new(
        Kernel, this, OperationKind.UserFault, range, op => UserFaults.Fill(this, op, range, page, fromFile: false));

    /// <summary>Maps the pages that the file has.</summary>
    public CpuOperation UffdContinue(VirtualRange range) => new(
        Kernel, this, OperationKind.UserFault, range, op =>
            UserFaults.Fill(this, op, range, page: null, fromFile: true));

    /// <summary>Migrates a range within one private mapping for a device driver, to fresh system pages.</summary>
    /// <param name="range">Whole pages.</param>
    /// <param name="owner">Whose migration it is; told to the notifiers.</param>
    /// <param name="aborts">Whether the driver gives up after it has collected the pages.</param>
    public CpuOperation MigrateVma(VirtualRange range, ulong owner, bool aborts = false) => new(
        Kernel, this, OperationKind.Migrate, range, op => DeviceMigration.Run(this, op, range, owner, aborts));

    /// <summary>Registers a notifier: waits until no operation of the mm runs, as mm_take_all_locks does.</summary>
    public CpuOperation Register(INotifierClient client) => new(
        Kernel, this, OperationKind.Register, Whole, op => RegisterClient(op, client));

    /// <summary>
    /// Turns interval notifiers on, as the first insert into an mm does: waits until no range is in flight.
    /// </summary>
    /// <remarks>Models <c>mmu_notifier_register</c> with no notifier.</remarks>
    public CpuOperation RegisterIntervals() => new(
        Kernel, this, OperationKind.Register, Whole, op => RegisterClient(op, client: null));

    /// <summary>Unregisters a notifier; when the operation has ended no callback of it runs.</summary>
    public CpuOperation Unregister(INotifierClient client) => new(
        Kernel, this, OperationKind.Unregister, Whole, op => Notifiers.Unregister(op.Context, client));

    internal VirtualRange Whole => new(new(0), Tables.UserEnd);

    internal static ulong PageEnd(VirtualRange range) => (range.End.Value + 4095) & ~4095UL;

    private CpuOperation MremapOf(
        VirtualAddress address, ulong oldSize, ulong newSize, VirtualAddress? to, bool keepsOld)
    {
        ArgumentOutOfRangeException.ThrowIfZero(newSize);
        var request = new MoveRequest(address.Value, oldSize, (newSize + 4095) & ~4095UL, to?.Value, keepsOld);
        var range = VirtualRange.OfSize(address, Math.Max(oldSize, 4096));
        return new CpuOperation(Kernel, this, OperationKind.Mremap, range, op => MoveMapping.Run(this, op, request));
    }

    private IEnumerable<PreemptionPoint> RegisterClient(CpuOperation op, INotifierClient? client)
    {
        while (!TryLockMmap(op, write: true))
        {
            yield return Waiting("mmu_notifier_register");
        }

        while (!Notifiers.IsIdle)
        {
            yield return Waiting("mm_take_all_locks");
        }

        if (client is null)
        {
            Notifiers.Intervals.Enable();
        }
        else
        {
            Notifiers.Register(client);
        }

        UnlockMmap(op);
    }
}
