namespace HilBench.Memory;

/// <summary>A file in memory, or the object behind a shared anonymous mapping: its pages by page offset.</summary>
public sealed class MemoryFile
{
    internal MemoryFile(int id, string name, ulong sizeBytes, FileKind kind)
    {
        Kind = kind;
        Id = id;
        Name = name;
        SizeBytes = sizeBytes;
    }

    /// <summary>What stands behind it.</summary>
    public FileKind Kind { get; }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>Bytes; accesses beyond the last page of it fault with SIGBUS.</summary>
    public ulong SizeBytes { get; internal set; }

    /// <summary>Whether mappings with madvise HUGEPAGE get huge pages (tmpfs mounted with huge=advise).</summary>
    public bool GivesHugePages { get; init; }

    internal int Id { get; }

    /// <summary>Whether the page is part of a huge page of the file.</summary>
    internal bool IsHuge(PhysicalMemory memory, ulong frame) =>
        Kind != FileKind.Hugetlb && memory.State(memory.HeadOf(frame)).Order == HugePages.Order;

    /// <summary>Forgets a page; what it holds is kept as the backing store.</summary>
    internal void Drop(PhysicalMemory memory, ulong index)
    {
        var content = new byte[PhysicalMemory.FrameBytes];
        memory.Read(PhysicalAddress.OfFrame(Pages[index]), content);
        Stored[index] = content;
        Pages.Remove(index);
    }

    /// <summary>Contents of pages that are not in memory.</summary>
    internal Dictionary<ulong, byte[]> Stored { get; } = [];

    /// <summary>Frames by page offset.</summary>
    internal SortedDictionary<ulong, ulong> Pages { get; } = [];

    /// <summary>Breakpoints by byte offset.</summary>
    internal SortedDictionary<ulong, Uprobe> Uprobes { get; } = [];

    /// <summary>Mappings of the file, in the order in which the reverse map visits them.</summary>
    internal List<Vma> Vmas { get; } = [];
}
