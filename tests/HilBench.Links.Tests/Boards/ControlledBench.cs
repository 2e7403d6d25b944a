using HilBench.Links.Contract;

namespace HilBench.Links.Tests.Boards;

/// <summary>A board with board control at the end of a simulated cable, and the host's end of it.</summary>
internal sealed class ControlledBench : IDisposable
{
    private readonly HostLink _link;

    public ControlledBench(CableFaults? faults = null, ulong seed = 1, BoardSimSettings? settings = null, BoardFeatures features = BoardSim.Features)
    {
        Cable = new SimulatedCable(Time, faults, seed);
        var board = new BoardLink(
            Cable.BoardEnd, new LinkSettings { Board = new BoardIdentity(features, 0, "bench board", "1", "07") }, Time);
        Board = new BoardSim(settings ?? new(), board);
        Cable.BoardStep = () =>
        {
            board.Receive(Deadline.Now);
            if (board.TryTakeRequest(out var request) && !Board.TryBegin(request))
            {
                board.Reply([request[0], (byte)ReplyStatus.Unknown]);
            }

            Board.Step();
            board.Transmit();
        };
        Cable.BoardTimerUs = () => Math.Min(board.NextTimerUs, Board.NextTimerUs);
        _link = new HostLink(Cable.HostEnd, new LinkSettings(), Time, session: 7);
        Control = new BoardControl(_link, Time);
        _link.Open();
    }

    public VirtualTime Time { get; } = new();

    public SimulatedCable Cable { get; }

    public BoardSim Board { get; }

    public BoardControl Control { get; }

    /// <summary>Lets time pass, and hears what the board says meanwhile.</summary>
    public List<BoardMessage> Listen(int milliseconds)
    {
        var heard = new List<BoardMessage>();
        var deadline = Deadline.After(Time, TimeSpan.FromMilliseconds(milliseconds));
        while (!deadline.HasPassed)
        {
            Control.Wait(deadline);
            while (Control.TryTake(out var message))
            {
                heard.Add(message);
            }
        }

        return heard;
    }

    public void Dispose() => _link.Dispose();
}
