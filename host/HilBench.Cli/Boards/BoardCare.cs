using HilBench.Cli.Output;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Lab;
using HilBench.Links;
using HilBench.Scenarios;

namespace HilBench.Cli.Boards;

/// <summary>What the bench file says of a board, while a suite runs on it: windows that stop the run, and power for a device that hangs.</summary>
internal sealed class BoardCare : IDeviceCare, IDisposable
{
    private readonly BoardTarget _target;
    private readonly BoardEntry _entry;
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly BoardGuard _guard;

    public BoardCare(BoardTarget target, Terminal terminal, CancellationToken cancel)
    {
        (_target, _entry, _terminal, _cancel) = (target, target.Entry!, terminal, cancel);
        _guard = new BoardGuard(_entry, BoardTarget.GearBox(), TimeProvider.System);
        _guard.Start();
    }

    /// <summary>Cancelled when a value has left its window.</summary>
    public CancellationToken Stopped => _guard.Stopped;

    /// <inheritdoc/>
    public bool CanRevive => _entry.CyclesWhenHung;

    /// <inheritdoc/>
    public void Opened(IDevice device)
    {
        if (device is not LinkDevice { Control: var control })
        {
            return;
        }

        control.Listener = _guard.Hear;
        if (control.Can(BoardFeatures.Telemetry) && _entry.Monitors.Any(monitor => monitor is { Source: TelemetrySource, Windows.Count: > 0 }))
        {
            control.MeasureEvery(_entry.Interval);
        }
    }

    /// <inheritdoc/>
    public void Revive(string scenario)
    {
        if (_guard.Reason is { } reason)
        {
            throw reason; // no power while something is wrong with it
        }

        _terminal.Error.WriteLine($"{_entry.Name} hung in {scenario}: power off and on");
        using var board = _target.OpenBoard(_cancel);
        board.PowerCycle();
    }

    /// <summary>After the run, when nothing uses the link any more: switches off what is still on, if a value left its window.</summary>
    /// <returns>Why the run was stopped; null: it was not.</returns>
    public BenchException? MakeSafe()
    {
        if (_guard.Reason is not { } reason || !_guard.IsPowerLeft)
        {
            return _guard.Reason;
        }

        try
        {
            using var board = _target.OpenBoard(CancellationToken.None);
            board.PowerOff();
            return new BenchException(reason.Layer, $"{reason.What}; its rails are off", reason.Advice, reason);
        }
        catch (BenchException e)
        {
            return new BenchException(reason.Layer, $"{reason.What}; its rails could not be switched off: {e.What}", "Cut the power by hand, now.", e);
        }
    }

    public void Dispose() => _guard.Dispose();
}
