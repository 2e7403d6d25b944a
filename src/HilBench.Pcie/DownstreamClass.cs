namespace HilBench.Pcie;

/// <summary>How a TLP for the device may be ordered against others (PCIe ordering rules) and delayed.</summary>
public enum DownstreamClass
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Memory writes and messages: pass everything but one another.</summary>
    Posted,

    /// <summary>Memory reads and configuration requests.</summary>
    NonPosted,

    /// <summary>Completions of the device's memory reads.</summary>
    ReadCompletion,

    /// <summary>Completions of the device's Translation Requests.</summary>
    TranslationCompletion,

    /// <summary>Posted, and an Invalidate Request.</summary>
    InvalidateRequest,

    /// <summary>Posted, and a PRG Response.</summary>
    PrgResponse,
}
