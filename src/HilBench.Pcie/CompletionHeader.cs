namespace HilBench.Pcie;

/// <summary>The header of a completion. Source: ats-rules A.4.</summary>
/// <param name="Completer">Who answers.</param>
/// <param name="Requester">Who asked.</param>
/// <param name="Tag">The request's tag.</param>
/// <param name="Status">Completion Status.</param>
/// <param name="ByteCount">Bytes still to come, this TLP's included: 0 to 4096.</param>
/// <param name="LowerAddress">Low 7 bits of the address of the first byte.</param>
public readonly record struct CompletionHeader(
    RequesterId Completer,
    RequesterId Requester,
    byte Tag,
    CompletionStatus Status = CompletionStatus.SuccessfulCompletion,
    int ByteCount = 0,
    int LowerAddress = 0);
