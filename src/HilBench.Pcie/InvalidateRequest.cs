namespace HilBench.Pcie;

/// <summary>An Invalidate Request. Source: ats-rules A.7.</summary>
/// <param name="Requester">The translation agent.</param>
/// <param name="Destination">The function whose translations go.</param>
/// <param name="ITag">Names the request until its completion.</param>
/// <param name="Payload">Address, S and Global Invalidate: see <see cref="AtsRange.ToInvalidatePayload"/>.</param>
public readonly record struct InvalidateRequest(
    RequesterId Requester, RequesterId Destination, ITag ITag, ulong Payload);
