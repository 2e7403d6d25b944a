namespace HilBench.Memory;

/// <summary>Payload of CpuWrite and CpuRead: one access within one page.</summary>
/// <param name="MmId">Whose mm.</param>
/// <param name="OperationId">Who accesses.</param>
/// <param name="Address">Virtual address.</param>
/// <param name="Physical">Physical address.</param>
/// <param name="Data">The first 8 bytes, little-endian.</param>
/// <param name="LengthBytes">Bytes accessed.</param>
public readonly record struct CpuAccessRecord(
    uint MmId, uint OperationId, ulong Address, ulong Physical, ulong Data, uint LengthBytes);
