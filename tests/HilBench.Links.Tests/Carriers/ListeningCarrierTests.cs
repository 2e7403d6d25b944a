using System.Text;

namespace HilBench.Links.Tests.Carriers;

/// <summary>The board's end of a socket, which waits for one host after the other.</summary>
public sealed class ListeningCarrierTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [Test]
    public void Host_that_goes_away_is_followed_by_the_next()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var address = Sockets.Address($"unix:{path}");
        using var listener = SocketListener.Open(address);
        using var board = new ListeningCarrier(listener);
        var heard = new List<string>();

        foreach (var said in new[] { "first", "second" })
        {
            using var host = SocketCarrier.Connect(address, _patience);
            host.Write(Encoding.ASCII.GetBytes(said), Deadline.After(TimeProvider.System, _patience));
            heard.Add(Hear(board));
            board.Write("heard"u8, Deadline.After(TimeProvider.System, _patience));
            heard.Add(Hear(host));
        }

        Assert.That(heard, Is.EqualTo(new[] { "first", "heard", "second", "heard" }));
    }

    [Test]
    public void Without_a_host_nothing_comes_in_and_what_is_written_goes_nowhere()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = SocketListener.Open(Sockets.Address($"unix:{path}"));
        using var board = new ListeningCarrier(listener);

        board.Write("lost"u8, Deadline.Now);

        Assert.That(board.Read(new byte[16], Deadline.Now), Is.Zero);
    }

    private static string Hear(ICarrier carrier)
    {
        var bytes = new byte[64];
        var count = carrier.Read(bytes, Deadline.After(TimeProvider.System, _patience));
        return Encoding.ASCII.GetString(bytes, 0, count);
    }
}
