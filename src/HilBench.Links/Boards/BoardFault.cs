namespace HilBench.Links;

/// <summary>One entry of a board's fault log, which outlives its restarts. Source: docs/protocol.md, FAULT.</summary>
/// <param name="What">What happened: the code of the event, or a number of the board's own.</param>
/// <param name="Uptime">When, since the start of the board during which it happened.</param>
/// <param name="Text">For people.</param>
public sealed record BoardFault(BoardEvent What, TimeSpan Uptime, string Text);
