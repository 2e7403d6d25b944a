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

    /// <summary>Page offsets for which memory of the remote node is wanted.</summary>
    private readonly HashSet<ulong> _remote = [];

    /// <summary>The node that memory for a page comes from.</summary>
    /// <remarks>Models <c>mpol_shared_policy_lookup</c>.</remarks>
    internal byte NodeAt(ulong index) => _remote.Contains(index) ? Kernel.RemoteNode : Kernel.LocalNode;

    /// <summary>Asks for memory of a node for a part of shared memory.</summary>
    /// <remarks>Models <c>mpol_set_shared_policy</c>; other files have no policy of their own.</remarks>
    internal void Bind(ulong index, ulong pages, byte node)
    {
        for (var i = index; Kind == FileKind.SharedMemory && i < index + pages; i++)
        {
            if (node == Kernel.LocalNode)
            {
                _remote.Remove(i);
            }
            else
            {
                _remote.Add(i);
            }
        }
    }

    /// <summary>Mappings of the file, in the order in which the reverse map visits them.</summary>
    internal List<Vma> Vmas { get; } = [];
}
