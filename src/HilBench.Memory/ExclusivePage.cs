using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>A page that a device got exclusive access to.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Frame">Number of its frame.</param>
public readonly record struct ExclusivePage(VirtualAddress Address, ulong Frame);
