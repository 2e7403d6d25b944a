using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>Where a function keeps what the rules speak of, as discovery found it.</summary>
public sealed record FunctionLayout
{
    /// <summary>The function.</summary>
    public required RequesterId Function { get; init; }

    /// <summary>The host side: translation agent and root port.</summary>
    public required RequesterId Agent { get; init; }

    /// <summary>Offset of the ATS extended capability; 0: none.</summary>
    public required int AtsOffset { get; init; }

    /// <summary>Offset of the PASID extended capability; 0: none.</summary>
    public required int PasidOffset { get; init; }

    /// <summary>Invalidate Queue Depth, 1 to 32.</summary>
    public required int InvalidateQueueDepth { get; init; }

    /// <summary>Whether Page Aligned Request is set.</summary>
    public required bool IsPageAligned { get; init; }

    /// <summary>Whether Global Invalidate is supported.</summary>
    public required bool HasGlobalInvalidate { get; init; }

    /// <summary>Max PASID Width, bits.</summary>
    public required int MaxPasidWidth { get; init; }

    /// <summary>Read completion boundary, bytes: 64 or 128.</summary>
    public int ReadCompletionBoundary { get; init; } = 64;

    /// <summary>Bits of a canonical untranslated address: 48 or 57.</summary>
    public int AddressBits { get; init; } = 48;
}
