namespace HilBench.Memory;

/// <summary>A breakpoint at one offset of a file.</summary>
/// <param name="Consumers">How many want it.</param>
/// <param name="Original">What the file holds there; valid once prepared.</param>
/// <param name="IsPrepared">Whether the instruction was read.</param>
internal readonly record struct Uprobe(int Consumers, byte Original, bool IsPrepared);
