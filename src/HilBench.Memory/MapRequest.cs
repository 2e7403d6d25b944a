namespace HilBench.Memory;

/// <summary>The arguments of an mmap.</summary>
internal sealed record MapRequest(
    ulong SizeBytes, Protection Protection, MapFlags Flags, ulong? At, PageSizeHint PageSize, MemoryFile? File,
    ulong FileOffsetBytes);
