using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab;

/// <summary>
/// Watches a board while something else uses its link. On a thread of its own it reads the sensors around the board; what the board
/// measures by itself is told to it. A value that leaves its window switches the relay off at once, then says so.
/// </summary>
public sealed class BoardGuard : IDisposable
{
    private readonly BoardEntry _entry;
    private readonly IGearBox _gear;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationTokenSource _over = new();
    private readonly LabBoard _board;
    private readonly Lock _mutex = new();
    private readonly long _settled;
    private Thread? _thread;

    /// <summary>Makes a guard that does not watch yet.</summary>
    /// <param name="entry">The board.</param>
    /// <param name="gear">Opens what stands around it; a line and sensors of the guard's own.</param>
    /// <param name="time">The clock.</param>
    public BoardGuard(BoardEntry entry, IGearBox gear, TimeProvider time)
    {
        (_entry, _gear, _time) = (entry, gear, time);
        _board = new LabBoard(entry, gear, () => throw new InvalidOperationException("bug: a guard uses no link"), time, _over.Token);
        _settled = time.GetTimestamp() + (long)(entry.Power.Settle.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Cancelled when a value has left its window, or a sensor fell silent.</summary>
    public CancellationToken Stopped => _stopped.Token;

    /// <summary>Why; null while all is well.</summary>
    public BenchException? Reason { get; private set; }

    /// <summary>Whether the rails still have to be switched off by the board itself: there is no relay.</summary>
    public bool IsPowerLeft => Reason is not null && _entry.Power.Relay is null;

    /// <summary>Begins to watch, if there is something to watch besides what the board measures itself.</summary>
    public void Start()
    {
        if (_entry.Monitors.Any(monitor => monitor.Source is not TelemetrySource && monitor.Windows.Count > 0))
        {
            _thread = new Thread(Watch) { IsBackground = true, Name = $"guard of {_entry.Name}" };
            _thread.Start();
        }
    }

    /// <summary>Hears what the board measured by itself, and what happened to it.</summary>
    public void Hear(BoardMessage message)
    {
        switch (message)
        {
            case TelemetryMessage measured:
                Judge(_board.Name(measured));
                break;
            case EventMessage { What: BoardEvent.OutsideWindow } happened:
                var text = happened.Text.Length > 0 ? $" ({happened.Text})" : "";
                Stop($"channel {happened.Detail} of {_entry.Name} left its window{text}; the board switched its rails off");
                break;
        }
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose()
    {
        _over.Cancel();
        _thread?.Join();
        _board.Dispose();
        _over.Dispose();
        _stopped.Dispose();
    }

    private void Watch()
    {
        try
        {
            do
            {
                Judge(_board.MeasureByGear());
            }
            while (Reason is null && !_over.Token.WaitHandle.WaitOne(_entry.Interval));
        }
        catch (BenchException e)
        {
            // Nobody sees whether something burns: that is no state to go on in.
            Stop($"a sensor of {_entry.Name} does not answer: {e.What}");
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private void Judge(IReadOnlyList<Reading> readings)
    {
        if (_time.GetTimestamp() >= _settled && readings.FirstOrDefault(reading => reading.Left is not null) is { } bad)
        {
            Stop($"{bad.Monitor} of {_entry.Name} left its window: {bad}, allowed is {bad.Left}");
        }
    }

    // Rails off first, talk after.
    private void Stop(string what)
    {
        lock (_mutex)
        {
            if (Reason is not null)
            {
                return;
            }

            var (state, advice) = CutRelay();
            Reason = new BenchException(
                BenchLayer.Board, what + state, advice);
        }

        _stopped.Cancel();
    }

    private (string State, string Advice) CutRelay()
    {
        const string Usual = "Find out why before power comes back: bin/hilbench board telemetry shows the values.";
        if (_entry.Power.Relay is not { } relay)
        {
            return ("", Usual);
        }

        try
        {
            using var line = _gear.OpenLine(relay);
            line.Turn(isOn: false);
            return ("; the relay is off", Usual);
        }
        catch (BenchException e)
        {
            return ($"; the relay could not be switched off: {e.What}", "Cut the power by hand, now.");
        }
    }
}
