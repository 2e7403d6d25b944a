using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace HilBench.Links;

/// <summary>What a board says unasked, beside TLPs: an event, measured values, or a line of its log.</summary>
public abstract record BoardMessage
{
    private const int EventHeadBytes = 6;
    private const int LogHeadBytes = 5;

    /// <summary>Reads the payload of a stream message. Source: docs/protocol.md, "TLPs and time".</summary>
    /// <param name="kind">What the message is.</param>
    /// <param name="payload">Its bytes.</param>
    /// <param name="message">What it says.</param>
    /// <returns>False when it is of another kind, or too short.</returns>
    public static bool TryRead(FrameKind kind, ReadOnlySpan<byte> payload, [NotNullWhen(true)] out BoardMessage? message)
    {
        message = kind switch
        {
            FrameKind.Event when payload.Length >= EventHeadBytes => new EventMessage(
                (BoardEvent)BinaryPrimitives.ReadUInt16LittleEndian(payload),
                BinaryPrimitives.ReadUInt32LittleEndian(payload[2..]),
                Encoding.UTF8.GetString(payload[EventHeadBytes..])),
            FrameKind.Telemetry when payload.Length >= Measurement.SizeBytes => new TelemetryMessage(ReadValues(payload)),
            FrameKind.Log when payload.Length >= LogHeadBytes => new LogMessage(
                (LogSeverity)payload[0],
                TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(payload[1..])),
                Encoding.UTF8.GetString(payload[LogHeadBytes..])),
            _ => null,
        };
        return message is not null;
    }

    private static Measurement[] ReadValues(ReadOnlySpan<byte> payload)
    {
        var values = new Measurement[payload.Length / Measurement.SizeBytes];
        for (var i = 0; i < values.Length; i++)
        {
            var item = payload[(Measurement.SizeBytes * i)..];
            values[i] = new(item[0], (MeasurementUnit)item[1], BinaryPrimitives.ReadInt32LittleEndian(item[2..]));
        }

        return values;
    }
}
