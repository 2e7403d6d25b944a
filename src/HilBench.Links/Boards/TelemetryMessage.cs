namespace HilBench.Links;

/// <summary>TELEMETRY: values measured at one moment.</summary>
/// <param name="Values">In the board's order.</param>
public sealed record TelemetryMessage(IReadOnlyList<Measurement> Values) : BoardMessage;
