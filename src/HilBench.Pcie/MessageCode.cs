namespace HilBench.Pcie;

/// <summary>Message codes of ATS and PRI, DW1 bits 7:0 of a message. Source: ats-rules A.7 to A.9.</summary>
public enum MessageCode
{
    /// <summary>Invalidate Request, host to device.</summary>
    InvalidateRequest = 0x01,

    /// <summary>Invalidate Completion, device to host.</summary>
    InvalidateCompletion = 0x02,

    /// <summary>Page Request or Stop Marker, device to host.</summary>
    PageRequest = 0x04,

    /// <summary>PRG Response, host to device.</summary>
    PrgResponse = 0x05,
}
