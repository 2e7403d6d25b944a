namespace HilBench.Memory;

/// <summary>The CPU-side operations.</summary>
public enum OperationKind : byte
{
    /// <summary>No operation.</summary>
    None = 0,

    /// <summary>mmap.</summary>
    Mmap,

    /// <summary>munmap.</summary>
    Munmap,

    /// <summary>Faults pages in without changing them.</summary>
    Touch,

    /// <summary>A load.</summary>
    Read,

    /// <summary>A store.</summary>
    Write,

    /// <summary>mprotect.</summary>
    Mprotect,

    /// <summary>fork.</summary>
    Fork,

    /// <summary>madvise.</summary>
    Madvise,

    /// <summary>mremap.</summary>
    Mremap,

    /// <summary>Split of a transparent huge page.</summary>
    SplitHuge,

    /// <summary>Migration of pages to other frames.</summary>
    Migrate,

    /// <summary>Reclaim to swap.</summary>
    Reclaim,

    /// <summary>clear_refs of procfs.</summary>
    ClearRefs,

    /// <summary>KSM scan.</summary>
    Ksm,

    /// <summary>mlock.</summary>
    Mlock,

    /// <summary>A write to a file.</summary>
    FileWrite,

    /// <summary>fsync or msync.</summary>
    FileSync,

    /// <summary>ftruncate.</summary>
    FileTruncate,

    /// <summary>fallocate that punches a hole.</summary>
    FilePunch,

    /// <summary>mbind.</summary>
    Mbind,

    /// <summary>A pass of khugepaged.</summary>
    Khugepaged,

    /// <summary>A request of userfaultfd.</summary>
    UserFault,

    /// <summary>The process ends.</summary>
    Exit,

    /// <summary>A notifier is registered.</summary>
    Register,

    /// <summary>A notifier is unregistered.</summary>
    Unregister,

    /// <summary>hmm_range_fault of a device driver.</summary>
    HmmFault,

    /// <summary>A breakpoint in a file is set or removed.</summary>
    Uprobe,

    /// <summary>A device gets exclusive access to pages.</summary>
    DeviceExclusive,

    /// <summary>A driver write-protects, or cleans, shared mappings of a file.</summary>
    SharedWriteProtect,

    /// <summary>brk.</summary>
    Brk,

    /// <summary>exec.</summary>
    Exec,

    /// <summary>pin_user_pages and unpin_user_pages of a device driver.</summary>
    Pin,

    /// <summary>A write into the memory of a process that the kernel makes for another one.</summary>
    RemoteWrite,

    /// <summary>A read from a file.</summary>
    FileRead,

    /// <summary>Clean pages that nobody maps leave the page cache.</summary>
    DropCaches,
}
