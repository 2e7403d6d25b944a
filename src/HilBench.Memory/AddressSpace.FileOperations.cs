using HilBench.Notifiers;

namespace HilBench.Memory;

public sealed partial class AddressSpace
{
    /// <summary>Takes a part out of a file on a disk (fallocate COLLAPSE_RANGE); what follows moves down.</summary>
    /// <param name="file">The file; -EOPNOTSUPP for one that is not on a disk.</param>
    /// <param name="offsetBytes">A multiple of 4096; else -EINVAL.</param>
    /// <param name="lengthBytes">A multiple of 4096 that ends before the end of the file; else -EINVAL.</param>
    public CpuOperation FileCollapse(MemoryFile file, ulong offsetBytes, ulong lengthBytes) => new(
        Kernel, this, OperationKind.FilePunch, Whole,
        op => FileOperations.Collapse(Kernel, op, file, offsetBytes, lengthBytes));

    /// <summary>Makes room in a file on a disk (fallocate INSERT_RANGE): what follows moves up, and zeroes stand there.</summary>
    /// <param name="file">The file; -EOPNOTSUPP for one that is not on a disk.</param>
    /// <param name="offsetBytes">A multiple of 4096 before the end of the file; else -EINVAL.</param>
    /// <param name="lengthBytes">A multiple of 4096; else -EINVAL.</param>
    public CpuOperation FileInsert(MemoryFile file, ulong offsetBytes, ulong lengthBytes) => new(
        Kernel, this, OperationKind.FilePunch, Whole,
        op => FileOperations.Insert(Kernel, op, file, offsetBytes, lengthBytes));

    /// <summary>Zeroes a part of a file on a disk (fallocate ZERO_RANGE); -EOPNOTSUPP for others.</summary>
    public CpuOperation FileZero(MemoryFile file, ulong offsetBytes, ulong lengthBytes) => new(
        Kernel, this, OperationKind.FilePunch, Whole,
        op => FileOperations.Zero(Kernel, op, file, offsetBytes, offsetBytes + lengthBytes));

    /// <summary>Makes a file large enough and, in shared memory, gives it its pages (fallocate).</summary>
    public CpuOperation FileReserve(MemoryFile file, ulong offsetBytes, ulong lengthBytes, bool keepsSize = false) => new(
        Kernel, this, OperationKind.FileWrite, Whole,
        op => FileOperations.Reserve(this, op, file, offsetBytes, offsetBytes + lengthBytes, keepsSize));

    /// <summary>Reads from a file through the page cache, up to its end; what was read is in the operation's Bytes.</summary>
    public CpuOperation FileRead(MemoryFile file, ulong offsetBytes, int lengthBytes) => new(
        Kernel, this, OperationKind.FileRead, Whole,
        op => FileOperations.Read(this, op, file, offsetBytes, lengthBytes));

    /// <summary>Says that a part of a file is not needed soon (posix_fadvise): what nobody maps leaves memory.</summary>
    public CpuOperation FileAdviseDontNeed(MemoryFile file, ulong offsetBytes, ulong lengthBytes) => new(
        Kernel, this, OperationKind.DropCaches, Whole,
        op => FileOperations.AdviseDontNeed(
            Kernel, op, file, offsetBytes, lengthBytes == 0 ? ulong.MaxValue : offsetBytes + lengthBytes));

    /// <summary>Drops all clean pages of files that nobody maps (/proc/sys/vm/drop_caches).</summary>
    public CpuOperation DropCaches() => new(
        Kernel, this, OperationKind.DropCaches, Whole, op => PageCache.DropAll(Kernel, op));

    /// <summary>Maps another part of the file into a range of a shared mapping, and faults it in.</summary>
    /// <param name="range">Whole pages within one shared mapping; else -EINVAL.</param>
    /// <param name="pageOffset">Page offset in the file.</param>
    /// <remarks>Models <c>remap_file_pages</c> as it is emulated since 4.0.</remarks>
    public CpuOperation RemapFilePages(VirtualRange range, ulong pageOffset) => new(
        Kernel, this, OperationKind.Mmap, range, op => MapMemory.Remap(this, op, range, pageOffset));

    /// <summary>A driver pins the pages of a range for DMA; they are in the operation's PinnedPages.</summary>
    /// <param name="range">The range.</param>
    /// <param name="forWrite">Whether the device will write them.</param>
    /// <param name="isLongTerm">For a time that nobody knows (FOLL_LONGTERM).</param>
    /// <remarks>Models <c>pin_user_pages</c>; fork copies such pages for the child at once.</remarks>
    public CpuOperation PinPages(VirtualRange range, bool forWrite = false, bool isLongTerm = false) => new(
        Kernel, this, OperationKind.Pin, range, op => UserPages.Pin(this, op, range,
            (forWrite ? UserPageFlags.Write : 0) | (isLongTerm ? UserPageFlags.LongTerm : 0)));

    /// <summary>The driver lets go of pages that it pinned.</summary>
    public CpuOperation UnpinPages(IReadOnlyList<PhysicalAddress> pages) => new(
        Kernel, this, OperationKind.Pin, Whole, op => UserPages.Unpin(this, op, pages));

    /// <summary>
    /// Stores through /proc/PID/mem, as a debugger does: also where the mapping is read-only, if it is private. -EIO when
    /// nothing could be written.
    /// </summary>
    public CpuOperation WriteForced(VirtualAddress address, ReadOnlyMemory<byte> bytes) =>
        RemoteWrite(address, bytes, isForced: true);

    /// <summary>Another process stores into this one (process_vm_writev). -EFAULT when nothing could be written.</summary>
    public CpuOperation WriteRemote(VirtualAddress address, ReadOnlyMemory<byte> bytes) =>
        RemoteWrite(address, bytes, isForced: false);

    private CpuOperation RemoteWrite(VirtualAddress address, ReadOnlyMemory<byte> bytes, bool isForced)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytes.Length);
        var range = VirtualRange.OfSize(address, (ulong)bytes.Length);
        return new CpuOperation(Kernel, this, OperationKind.RemoteWrite, range, op =>
            RemoteAccess.Write(this, op, range, bytes, isForced));
    }
}
