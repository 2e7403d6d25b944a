namespace HilBench.Memory;

/// <summary>Payload of FrameAllocated and FrameFreed.</summary>
/// <param name="Frame">Number of the first frame.</param>
/// <param name="Identity">Its stamp.</param>
/// <param name="OperationId">Who asked; 0 for the kernel itself.</param>
/// <param name="Order">Frames as a power of two.</param>
public readonly record struct FrameRecord(
    ulong Frame, ulong Identity, uint OperationId, byte Order);
