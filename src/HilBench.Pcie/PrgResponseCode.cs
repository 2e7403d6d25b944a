namespace HilBench.Pcie;

/// <summary>
/// Response code of a PRG Response, DW2 bits 15:12. Codes not named count as a failure. Source: ats-rules A.9.
/// </summary>
public enum PrgResponseCode
{
    /// <summary>Every page request of the group was handled; the device may ask for the translation again.</summary>
    Success = 0,

    /// <summary>At least one page of the group cannot be given.</summary>
    InvalidRequest = 1,

    /// <summary>The page request interface is broken: the device stops using it.</summary>
    ResponseFailure = 15,
}
