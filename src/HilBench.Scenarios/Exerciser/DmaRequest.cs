using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>One DMA operation for the device to do.</summary>
/// <param name="Va">First byte; a multiple of 4.</param>
/// <param name="LengthBytes">4 to 4096, a multiple of 4.</param>
/// <param name="Pasid">Null: without PASID.</param>
/// <param name="IsWrite">Writes to host memory; otherwise reads.</param>
public readonly record struct DmaRequest(ulong Va, int LengthBytes, Pasid? Pasid, bool IsWrite)
{
    /// <summary>DW k of a write carries Seed + k.</summary>
    public uint Seed { get; init; }

    /// <summary>Asks for translations with No Write.</summary>
    public bool IsNoWrite { get; init; }

    /// <summary>Sent with AT = 00, without ATS.</summary>
    public bool IsUntranslated { get; init; }

    /// <summary>log2 of the translations asked for at once.</summary>
    public int TranslationsLog2 { get; init; }

    /// <summary>Number of the function that does it.</summary>
    public int Function { get; init; }

    /// <summary>Traffic class of all that it sends, 0 to 7.</summary>
    public int TrafficClass { get; init; }

    /// <summary>An atomic: reads and writes at once.</summary>
    public DmaAtomic Atomic { get; init; }

    /// <summary>Asks for execute permission (ER).</summary>
    public bool IsExecute { get; init; }

    /// <summary>Asks in privileged mode (PMR).</summary>
    public bool IsPrivileged { get; init; }

    /// <summary>Asks the host for pages that are missing.</summary>
    public bool AsksForPages { get; init; }
}
