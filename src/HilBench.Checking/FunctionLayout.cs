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

    /// <summary>Offset of the Page Request extended capability; 0: none.</summary>
    public int PageRequestOffset { get; init; }

    /// <summary>Offset of the PCI Express capability; 0: none.</summary>
    public int ExpressOffset { get; init; }

    /// <summary>Whether it has a function-level reset.</summary>
    public bool HasFunctionLevelReset { get; init; }

    /// <summary>Offset of the Power Management capability; 0: none.</summary>
    public int PowerOffset { get; init; }

    /// <summary>Whether PASID knows Execute Permission.</summary>
    public bool HasExecute { get; init; }

    /// <summary>Whether PASID knows Privileged Mode.</summary>
    public bool HasPrivileged { get; init; }

    /// <summary>Whether PRG Response PASID Required is set.</summary>
    public bool IsPasidInResponses { get; init; }

    /// <summary>Page Requests that the function may have outstanding.</summary>
    public uint PageRequestCapacity { get; init; }

    /// <summary>Read completion boundary, bytes: 64 or 128.</summary>
    public int ReadCompletionBoundary { get; init; } = 64;

    /// <summary>Bits of a canonical untranslated address: 48 or 57.</summary>
    public int AddressBits { get; init; } = 48;
}
