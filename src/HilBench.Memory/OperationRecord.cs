namespace HilBench.Memory;

/// <summary>Payload of OperationBegin and OperationEnd: a CPU-side operation began or returned.</summary>
/// <param name="OperationId">Which operation, counted from 1.</param>
/// <param name="MmId">Whose mm.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Result">0, a negative errno, or a signal number.</param>
/// <param name="Start">First byte concerned.</param>
/// <param name="End">Byte after the last byte concerned.</param>
public readonly record struct OperationRecord(
    uint OperationId, uint MmId, OperationKind Kind, int Result, ulong Start, ulong End);
