using HilBench.Memory;

namespace HilBench.Clients;

/// <summary>One translation that a client keeps: what it found in the CPU page tables.</summary>
/// <param name="Frame">First byte of the 4 KiB frame.</param>
/// <param name="IsWritable">Whether the device may write.</param>
/// <param name="Generation">How often the frame had been freed when it was found.</param>
public readonly record struct ShadowEntry(PhysicalAddress Frame, bool IsWritable, uint Generation);
