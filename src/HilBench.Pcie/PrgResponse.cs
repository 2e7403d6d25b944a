namespace HilBench.Pcie;

/// <summary>A PRG Response. Source: ats-rules A.9.</summary>
/// <param name="Requester">The translation agent.</param>
/// <param name="Destination">The function that asked.</param>
/// <param name="PrgIndex">The group, 0 to 511.</param>
/// <param name="Code">The answer.</param>
public readonly record struct PrgResponse(
    RequesterId Requester, RequesterId Destination, int PrgIndex, PrgResponseCode Code);
