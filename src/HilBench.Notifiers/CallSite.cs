namespace HilBench.Notifiers;

/// <summary>
/// The call sites of the notifier specification, table 2.3; the value is the row. Row 45 names three sites: the second and
/// third have the values 47 and 48.
/// </summary>
public enum CallSite : byte
{
    /// <summary>No site.</summary>
    None = 0,

    /// <summary>munmap, mmap over existing, brk shrink, exec.</summary>
    Munmap = 1,

    /// <summary>exit_mmap.</summary>
    ExitMmap = 2,

    /// <summary>madvise DONTNEED, truncate, hole punch.</summary>
    ZapRange = 3,

    /// <summary>madvise FREE.</summary>
    MadviseFree = 4,

    /// <summary>madvise COLD and PAGEOUT: no start/end, but a gather flush.</summary>
    MadviseCold = 5,

    /// <summary>mprotect, userfaultfd write-protect, NUMA hinting.</summary>
    Mprotect = 6,

    /// <summary>NUMA hinting fault on a THP while its mprotect has not ended (to 5.14).</summary>
    NumaThpFault = 7,

    /// <summary>Migration of a misplaced THP (to 5.14).</summary>
    MisplacedThp = 8,

    /// <summary>mremap.</summary>
    Mremap = 9,

    /// <summary>mremap of hugetlb.</summary>
    MremapHugetlb = 10,

    /// <summary>fork.</summary>
    Fork = 11,

    /// <summary>fork of hugetlb.</summary>
    ForkHugetlb = 12,

    /// <summary>Write fault that copies.</summary>
    Cow = 13,

    /// <summary>Write fault on the zero page.</summary>
    ZeroPageWrite = 14,

    /// <summary>Write fault that reuses the page: nothing is told.</summary>
    WriteReuse = 15,

    /// <summary>Fault on an empty entry, swap-in: nothing is told.</summary>
    FaultIn = 16,

    /// <summary>COW of a THP into a new THP (to 5.7).</summary>
    HugeCow = 17,

    /// <summary>COW of a THP into 512 small pages (to 5.7).</summary>
    HugeCowFallback = 18,

    /// <summary>Split of a present THP.</summary>
    ThpSplit = 19,

    /// <summary>Split of the huge zero page.</summary>
    HugeZeroSplit = 20,

    /// <summary>Split of a file or DAX THP.</summary>
    FileThpSplit = 21,

    /// <summary>Reclaim of an anonymous page.</summary>
    ReclaimAnon = 22,

    /// <summary>Reclaim of a file page.</summary>
    ReclaimFile = 23,

    /// <summary>Unmap of a poisoned page.</summary>
    Hwpoison = 24,

    /// <summary>Migration unmap.</summary>
    MigrateUnmap = 25,

    /// <summary>Migration completion: nothing is told.</summary>
    MigrateRestore = 26,

    /// <summary>page_mkclean.</summary>
    MkClean = 27,

    /// <summary>Write-protection of a DAX mapping.</summary>
    DaxMkClean = 28,

    /// <summary>Collapse of anonymous memory.</summary>
    CollapseAnon = 29,

    /// <summary>Collapse of file memory, table retraction.</summary>
    CollapseFile = 30,

    /// <summary>KSM write-protect.</summary>
    KsmWriteProtect = 31,

    /// <summary>KSM replace.</summary>
    KsmReplace = 32,

    /// <summary>Soft-dirty clear.</summary>
    SoftDirty = 33,

    /// <summary>OOM reaper.</summary>
    OomReaper = 34,

    /// <summary>uprobes.</summary>
    Uprobes = 35,

    /// <summary>COW of hugetlb.</summary>
    HugetlbCow = 36,

    /// <summary>Unmap of hugetlb.</summary>
    HugetlbUnmap = 37,

    /// <summary>A shared hugetlb page table is unshared.</summary>
    PmdUnshare = 38,

    /// <summary>mprotect of hugetlb.</summary>
    HugetlbMprotect = 39,

    /// <summary>migrate_vma collect.</summary>
    MigrateVmaCollect = 40,

    /// <summary>migrate_vma insert.</summary>
    MigrateVmaInsert = 41,

    /// <summary>A device takes exclusive access to a page.</summary>
    ExclusiveCreate = 42,

    /// <summary>A CPU fault revokes the exclusive access of a device.</summary>
    ExclusiveRevoke = 43,

    /// <summary>Write-protection of a shared mapping for dirty tracking.</summary>
    SharedWriteProtect = 44,

    /// <summary>PAGEMAP_SCAN with write protection (6.7 and later).</summary>
    PagemapScan = 45,

    /// <summary>Page aging: young callbacks.</summary>
    Aging = 46,

    /// <summary>Row 45: userfaultfd move (6.8 and later).</summary>
    UffdMove = 47,

    /// <summary>Row 45: write fault on the huge zero page that maps a new THP.</summary>
    HugeZeroWrite = 48,
}
