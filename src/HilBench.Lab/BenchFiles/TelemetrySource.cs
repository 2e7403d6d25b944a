namespace HilBench.Lab;

/// <summary>A channel that the board measures by itself.</summary>
/// <param name="Channel">Its number in TELEMETRY, 0 to 255.</param>
public sealed record TelemetrySource(byte Channel) : MonitorSource;
