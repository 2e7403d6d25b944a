namespace HilBench.Links.Tests.Carriers;

/// <summary>Bytes take their time on a line that has no bit rate of its own.</summary>
public sealed class PacedCarrierTests
{
    private const int ByteNs = 20_000; // 500,000 baud
    private const int Bytes = 10_000;
    private static readonly TimeSpan _lineTime = TimeSpan.FromMicroseconds((double)Bytes * ByteNs / 1000);
    private static readonly TimeSpan _slack = TimeSpan.FromMilliseconds(60);

    [Test]
    public void Bytes_to_the_host_and_from_it_take_as_long_as_the_baud_rate_says_and_none_is_lost()
    {
        using var pty = PtyCarrier.Create();
        using var line = new PacedCarrier(pty, ByteNs, TimeProvider.System);
        using var host = SerialCarrier.Open(pty.PortPath, 500_000);
        var sent = Enumerable.Range(0, Bytes).Select(i => (byte)(i * 7)).ToArray();
        var (atHost, atBoard) = (new List<byte>(), new List<byte>());
        var started = TimeProvider.System.GetTimestamp();
        var buffer = new byte[4096];
        var patience = Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(20));
        line.Write(sent, patience);
        var toBoard = 0;
        while ((atHost.Count < Bytes || atBoard.Count < Bytes) && !patience.HasPassed)
        {
            var piece = Math.Min(1000, Bytes - toBoard);
            host.Write(sent.AsSpan(toBoard, piece), patience);
            toBoard += piece;
            atBoard.AddRange(buffer[..line.Read(buffer, Deadline.After(TimeProvider.System, TimeSpan.FromMilliseconds(2)))]);
            atHost.AddRange(buffer[..host.Read(buffer, Deadline.Now)]);
        }

        var took = TimeProvider.System.GetElapsedTime(started);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(atHost, Is.EqualTo(sent));
            Assert.That(atBoard, Is.EqualTo(sent));
            Assert.That(took, Is.GreaterThan(_lineTime - _slack), "both directions at once: one line time, not none");
        }
    }
}
