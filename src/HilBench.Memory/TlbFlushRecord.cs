using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Payload of CpuTlbFlush: the CPU TLBs hold nothing of the range any more.</summary>
/// <param name="MmId">Whose mm.</param>
/// <param name="OperationId">Who flushes.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Byte after the last; ~0 for the whole mm.</param>
/// <param name="Site">The call site that flushes; None for the flush of a batch.</param>
public readonly record struct TlbFlushRecord(
    uint MmId, uint OperationId, ulong Start, ulong End,
    CallSite Site = CallSite.None);
