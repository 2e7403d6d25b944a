namespace HilBench.Pcie;

/// <summary>An Invalidate Completion. Source: ats-rules A.8.</summary>
/// <param name="Requester">The function that was invalidated.</param>
/// <param name="Destination">The translation agent that asked.</param>
/// <param name="ITagVector">Bit i for ITag i.</param>
/// <param name="CompletionCount">How many completions the function sends for these ITags, 1 to 8.</param>
public readonly record struct InvalidateCompletion(
    RequesterId Requester, RequesterId Destination, uint ITagVector, int CompletionCount = 1);
