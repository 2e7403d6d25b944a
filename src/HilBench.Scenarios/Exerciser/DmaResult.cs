namespace HilBench.Scenarios;

/// <summary>How a DMA operation ended.</summary>
/// <param name="Error">0: none; 1: no access; others as in docs/exerciser.md.</param>
/// <param name="Data">The first 8 bytes read, little-endian.</param>
/// <param name="Digest">Sum of all DWs read, modulo 2^32.</param>
/// <param name="LengthDw">DWs transferred.</param>
public readonly record struct DmaResult(int Error, ulong Data, uint Digest, int LengthDw);
