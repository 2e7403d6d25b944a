namespace HilBench.Pcie;

/// <summary>A Page Request. Source: ats-rules A.9.</summary>
/// <param name="Requester">The function that asks.</param>
/// <param name="PageAddress">Untranslated address; a multiple of 4096.</param>
/// <param name="PrgIndex">Names the group, 0 to 511.</param>
/// <param name="IsLastOfGroup">L.</param>
/// <param name="WantsWrite">W.</param>
/// <param name="WantsRead">R.</param>
public readonly record struct PageRequest(
    RequesterId Requester,
    ulong PageAddress,
    int PrgIndex,
    bool IsLastOfGroup = true,
    bool WantsWrite = false,
    bool WantsRead = true)
{
    /// <summary>The Stop Marker of a function; it needs a PASID prefix.</summary>
    public static PageRequest StopMarker(RequesterId requester) =>
        new(requester, 0, 0, IsLastOfGroup: true, WantsWrite: false, WantsRead: false);
}
