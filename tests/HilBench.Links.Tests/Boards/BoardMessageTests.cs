namespace HilBench.Links.Tests.Boards;

/// <summary>What a board says unasked, byte for byte as docs/protocol.md lays it out.</summary>
public sealed class BoardMessageTests
{
    [Test]
    public void Event_is_code_detail_and_text()
    {
        var isRead = BoardMessage.TryRead(FrameKind.Event, Convert.FromHexString("0300" + "10000000" + "686f74"), out var message);

        Assert.That((isRead, message), Is.EqualTo((true, new EventMessage(BoardEvent.OutsideWindow, 16, "hot"))));
    }

    [Test]
    public void Telemetry_is_items_of_six_bytes_and_values_have_a_sign()
    {
        var isRead = BoardMessage.TryRead(FrameKind.Telemetry, Convert.FromHexString("0001a0860100" + "1004d8dcffff"), out var message);

        Assert.That(isRead, Is.True);
        Assert.That(((TelemetryMessage)message!).Values, Is.EqualTo(new Measurement[]
        {
            new(0, MeasurementUnit.Millivolt, 100_000), new(16, MeasurementUnit.MilliCelsius, -9000),
        }));
    }

    [Test]
    public void Log_is_severity_milliseconds_and_a_line()
    {
        var isRead = BoardMessage.TryRead(FrameKind.Log, Convert.FromHexString("01" + "e8030000" + "c2b0"), out var message);

        Assert.That((isRead, message), Is.EqualTo((true, new LogMessage(LogSeverity.Warning, TimeSpan.FromSeconds(1), "°"))));
    }

    [TestCase(FrameKind.Event, 5)]
    [TestCase(FrameKind.Telemetry, 5)]
    [TestCase(FrameKind.Log, 4)]
    [TestCase(FrameKind.Echoed, 100)]
    public void Message_that_is_too_short_or_of_another_kind_is_not_read(FrameKind kind, int bytes) =>
        Assert.That(BoardMessage.TryRead(kind, new byte[bytes], out _), Is.False);
}
