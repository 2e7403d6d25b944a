namespace HilBench.Memory;

/// <summary>The arguments of an mremap.</summary>
internal sealed record MoveRequest(ulong Address, ulong OldSize, ulong NewSize, ulong? NewAddress, bool KeepsOld);
