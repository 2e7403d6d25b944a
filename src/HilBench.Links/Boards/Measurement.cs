namespace HilBench.Links;

/// <summary>One measured value. Source: docs/protocol.md, TELEMETRY.</summary>
/// <param name="Channel">Which of the board's sensors; what a channel is stands in the board's bench file.</param>
/// <param name="Unit">What the value counts.</param>
/// <param name="Value">The value, in that unit.</param>
public readonly record struct Measurement(byte Channel, MeasurementUnit Unit, int Value)
{
    internal const int SizeBytes = 6;
}
