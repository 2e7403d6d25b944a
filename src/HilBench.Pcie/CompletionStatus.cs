namespace HilBench.Pcie;

/// <summary>
/// Completion Status, DW1 bits 15:13 of a completion. Codes not named are reserved. Source: ats-rules A.4.
/// </summary>
public enum CompletionStatus
{
    /// <summary>SC.</summary>
    SuccessfulCompletion = 0,

    /// <summary>UR.</summary>
    UnsupportedRequest = 1,

    /// <summary>RRS, formerly CRS; defined for configuration requests only.</summary>
    RequestRetryStatus = 2,

    /// <summary>CA.</summary>
    CompleterAbort = 4,
}
