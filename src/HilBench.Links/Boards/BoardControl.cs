using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>
/// Board control over a link: power, PERST#, reference clock, measured values, fault log. It shares the link with whoever
/// talks to the device, on the same thread; there must be a session. Source: docs/protocol.md, "Control".
/// </summary>
/// <param name="link">Not owned.</param>
/// <param name="time">The clock of waits.</param>
/// <param name="drain">
/// Takes all messages that came in and calls <see cref="Hear(BoardMessage)"/> with those that the board sends unasked; null when
/// nobody else uses the link.
/// </param>
public sealed class BoardControl(HostLink link, TimeProvider time, Action? drain = null)
{
    private const int FaultHeadBytes = 7;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _longestInterval = TimeSpan.FromMilliseconds(ushort.MaxValue);

    private readonly Queue<BoardMessage> _heard = new();

    /// <summary>What the board says of itself.</summary>
    public BoardIdentity Board => link.Board;

    /// <summary>
    /// Called with each message that the board sends unasked, while somebody waits on the link. What it throws ends that wait
    /// and the link. Without a listener, messages are kept for <see cref="TryTake"/>; of more than 256 the oldest are dropped.
    /// </summary>
    public Action<BoardMessage>? Listener { get; set; }

    /// <summary>Whether the board can do all of this.</summary>
    public bool Can(BoardFeatures features) => (Board.Features & features) == features;

    /// <summary>
    /// Switches the rails on, one after the other as the board is built, or off. Off also takes PERST# low and stops the
    /// reference clock; on leaves them so.
    /// </summary>
    /// <exception cref="BenchException">Board: a rail was not good in time, or a measured value is outside its window.</exception>
    public void SetPower(bool isOn) => Order(BoardOperation.Power, isOn);

    /// <summary>Releases PERST# or takes it low. The board waits as long as the rails have to be stable before a release.</summary>
    /// <exception cref="BenchException">Board: refused, since power or reference clock is off.</exception>
    public void SetPerst(bool isReleased) => Order(BoardOperation.Perst, isReleased);

    /// <summary>Switches the reference clock. Off takes PERST# low first.</summary>
    /// <exception cref="BenchException">Board: refused, since power is off.</exception>
    public void SetReferenceClock(bool isOn) => Order(BoardOperation.Refclk, isOn);

    /// <summary>Asks for power, reset, clock and presence.</summary>
    public BoardState ReadState() =>
        BoardState.Read(Ask([(byte)BoardOperation.State], BoardFeatures.Control, BoardState.SizeBytes));

    /// <summary>From now on the board sends a <see cref="TelemetryMessage"/> in each interval; the session's end ends it.</summary>
    /// <param name="interval">1 ms to 65535 ms; zero ends it.</param>
    public void MeasureEvery(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(interval, _longestInterval);
        Span<byte> request = stackalloc byte[3];
        request[0] = (byte)BoardOperation.Telemetry;
        BinaryPrimitives.WriteUInt16LittleEndian(request[1..], (ushort)Math.Ceiling(interval.TotalMilliseconds));
        Ask(request, BoardFeatures.Telemetry, resultBytes: 0);
    }

    /// <summary>Asks for all measured values once. An interval that was set with <see cref="MeasureEvery"/> ends.</summary>
    /// <exception cref="BenchException">Board: it sends none.</exception>
    public TelemetryMessage Measure()
    {
        TelemetryMessage? measured = null;
        var listener = Listener;
        Listener = message =>
        {
            if (measured is null && message is TelemetryMessage first)
            {
                measured = first;
                return;
            }

            Keep(message, listener);
        };
        try
        {
            MeasureEvery(TimeSpan.FromMilliseconds(20));
            var deadline = Deadline.After(time, _patience);
            while (measured is null && !deadline.HasPassed)
            {
                Wait(deadline);
            }

            MeasureEvery(TimeSpan.Zero);
        }
        finally
        {
            Listener = listener;
        }

        return measured ?? throw new BenchException(
            BenchLayer.Board, $"{link.Name}: the board sends no measured values", "Look at its log; its sensors may not answer.");
    }

    /// <summary>Reads the fault log, the newest entry first.</summary>
    public IReadOnlyList<BoardFault> ReadFaults()
    {
        var faults = new List<BoardFault>();
        for (var index = 0; index <= byte.MaxValue; index++)
        {
            var results = Ask([(byte)BoardOperation.Fault, (byte)index], BoardFeatures.Log, FaultHeadBytes);
            if (index >= results[0])
            {
                break;
            }

            faults.Add(new BoardFault(
                (BoardEvent)BinaryPrimitives.ReadUInt16LittleEndian(results[1..]),
                TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(results[3..])),
                Encoding.UTF8.GetString(results[FaultHeadBytes..])));
        }

        return faults;
    }

    /// <summary>Empties the fault log.</summary>
    public void ForgetFaults() => Ask([(byte)BoardOperation.ForgetFaults], BoardFeatures.Log, resultBytes: 0);

    /// <summary>The board tests itself. Rails, PERST# and clock stay as they are.</summary>
    public SelfTestResult SelfTest()
    {
        var results = Ask([(byte)BoardOperation.SelfTest], BoardFeatures.Control, resultBytes: 8);
        return new(BinaryPrimitives.ReadUInt32LittleEndian(results), BinaryPrimitives.ReadUInt32LittleEndian(results[4..]));
    }

    /// <summary>The board starts anew, with its rails off, and a new session is opened.</summary>
    /// <param name="patience">How long it may take until it answers again.</param>
    /// <exception cref="BenchException">Board: it did not restart. Cable: the port went away with it, and has to be opened again.</exception>
    public void Reboot(TimeSpan patience)
    {
        var deadline = Deadline.After(time, patience);
        try
        {
            Ask([(byte)BoardOperation.Reboot], BoardFeatures.Control, resultBytes: 0);
            link.BeginWait();
            while (!deadline.HasPassed)
            {
                link.Wait(deadline);
                Hear();
            }
        }
        catch (BenchException) when (link.EndedBy is SessionEnd.Ended or SessionEnd.Restarted)
        {
            Reopen(deadline);
            return;
        }

        throw link.GiveUp(new BenchException(
            BenchLayer.Board, $"{link.Name}: the board did not restart", "Switch its power off and on."));
    }

    /// <summary>Takes the oldest message that no listener was there for.</summary>
    public bool TryTake([NotNullWhen(true)] out BoardMessage? message)
    {
        Hear();
        return _heard.TryDequeue(out message);
    }

    /// <summary>Waits for messages until some came, or the deadline. When nobody else uses the link, TLPs are dropped.</summary>
    /// <exception cref="BenchException">The link or the session was lost.</exception>
    public void Wait(Deadline deadline)
    {
        link.BeginWait();
        while (!link.HasMessage)
        {
            link.Wait(deadline);
            if (deadline.HasPassed)
            {
                break;
            }
        }

        Hear();
    }

    /// <summary>Takes over a message that another user of the link has found.</summary>
    public void Hear(BoardMessage message) => Keep(message, Listener);

    private void Hear()
    {
        if (drain is not null)
        {
            drain();
            return;
        }

        while (link.HasMessage)
        {
            var payload = link.FirstMessage(out var kind);
            BoardMessage.TryRead(kind, payload, out var message);
            link.RemoveMessage(); // before a listener may throw: it is not told twice
            if (message is not null)
            {
                Keep(message, Listener);
            }
        }
    }

    private void Keep(BoardMessage message, Action<BoardMessage>? listener)
    {
        const int Most = 256;
        if (listener is not null)
        {
            listener(message);
            return;
        }

        _heard.Enqueue(message);
        if (_heard.Count > Most)
        {
            _heard.Dequeue();
        }
    }

    private void Reopen(Deadline deadline)
    {
        while (true)
        {
            try
            {
                link.Open();
                return;
            }
            catch (BenchException e) when (e.Layer is BenchLayer.Bridge or BenchLayer.Link && !deadline.HasPassed)
            {
                // It is not up yet.
            }
        }
    }

    private void Order(BoardOperation operation, bool isOn) =>
        Ask([(byte)operation, isOn ? (byte)1 : (byte)0], BoardFeatures.Control, resultBytes: 0);

    private ReadOnlySpan<byte> Ask(ReadOnlySpan<byte> request, BoardFeatures needed, int resultBytes)
    {
        if (!Can(needed))
        {
            throw new BenchException(
                BenchLayer.Board,
                $"{link.Name}: {Board.Name} does not offer {needed}, which {(BoardOperation)request[0]} needs",
                "Another board is attached than the one meant, or its firmware is older than this bench.");
        }

        var results = link.Request(request, _patience);
        return results.Length >= resultBytes
            ? results
            : throw link.GiveUp(new BenchException(
                BenchLayer.Link,
                $"{link.Name}: the board's reply to {(BoardOperation)request[0]} is too short",
                "Bring both sides to the same release."));
    }
}
