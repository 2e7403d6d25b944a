namespace HilBench.Links;

/// <summary>LOG: a line for people.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Uptime">Since the board started.</param>
/// <param name="Text">The line.</param>
public sealed record LogMessage(LogSeverity Severity, TimeSpan Uptime, string Text) : BoardMessage;
