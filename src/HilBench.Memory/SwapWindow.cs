namespace HilBench.Memory;

/// <summary>What swap read-ahead knows of a mapping: the last fault, its window, and hits since.</summary>
/// <param name="Address">Where the last fault was, bytes.</param>
/// <param name="Size">Pages of the last window.</param>
/// <param name="Hits">Read-ahead pages that were used since; 4 at first.</param>
internal readonly record struct SwapWindow(ulong Address, int Size, int Hits);
