namespace HilBench.Scenarios;

/// <summary>What the closed loop does: the same numbers drive the loop of tests/Benchmarks/native.</summary>
public static class ClosedLoopStimulus
{
    /// <summary>First byte of the buffer.</summary>
    public const ulong Va = 0x4000_0000;

    /// <summary>Pages of the buffer: half as many again as the reference device's cache holds.</summary>
    public const int Pages = 96;

    /// <summary>Physical memory, bytes.</summary>
    public const ulong MemoryBytes = 64 << 20;

    /// <summary>The PASID.</summary>
    public const uint Pasid = 5;

    /// <summary>Bytes of each operation.</summary>
    public const int OperationBytes = 64;

    /// <summary>Of four operations so many read.</summary>
    public const int ReadsOfFour = 3;

    /// <summary>One page is invalidated for every so many operations.</summary>
    public const int OperationsPerInvalidation = 16;

    /// <summary>Start of the number sequence.</summary>
    public const ulong Seed = 0x1234_5678_9ABC_DEF1;

    /// <summary>The next state of the number sequence (Knuth's MMIX generator); bits 63:16 are used.</summary>
    public static ulong Next(ulong state) => unchecked(state * 6364136223846793005 + 1442695040888963407);
}
