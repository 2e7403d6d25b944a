using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab;

/// <summary>
/// A board with the gear around it: power, PERST#, measured values. Whatever the bench file names is used; the rest is left to the
/// board's own control. One thread.
/// </summary>
public sealed class LabBoard : IDisposable
{
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _resetTime = TimeSpan.FromMilliseconds(100); // PCIe CEM: T_PVPERL
    private readonly BoardEntry _entry;
    private readonly IGearBox _gear;
    private readonly Func<HostLink> _open;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancel;
    private readonly List<(MonitorEntry Monitor, IGearSensor Sensor)> _sensors = [];
    private IGearLine? _relay;
    private IGearLine? _perst;
    private HostLink? _link;
    private BoardControl? _control;
    private bool _areSensorsOpen;

    /// <summary>Nothing is opened yet.</summary>
    /// <param name="entry">The board.</param>
    /// <param name="gear">Opens what stands around it.</param>
    /// <param name="open">Opens its carrier; the link has no session yet.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends pauses early.</param>
    public LabBoard(BoardEntry entry, IGearBox gear, Func<HostLink> open, TimeProvider time, CancellationToken cancel) =>
        (_entry, _gear, _open, _time, _cancel) = (entry, gear, open, time, cancel);

    /// <summary>What the bench file says of it.</summary>
    public BoardEntry Entry => _entry;

    /// <summary>The board's own control; a session is opened when there is none.</summary>
    /// <exception cref="BenchException">Any layer from Host to Link.</exception>
    public BoardControl Control => _control ?? Connect();

    /// <summary>
    /// Rails on: the relay, if there is one; then, as soon as the board answers, its own rails, reference clock and PERST#.
    /// </summary>
    /// <exception cref="BenchException">The board does not answer in time, or a rail does not come up. The relay is then off again.</exception>
    public void PowerOn()
    {
        if (_entry.Power.Relay is { } relay)
        {
            Hang();
            Relay(relay).Turn(isOn: true);
            Pause(_entry.Power.Settle);
        }

        try
        {
            var control = ConnectWithin(_entry.Power.Up);
            if (control.Can(BoardFeatures.Control))
            {
                control.SetPower(isOn: true);
                control.SetReferenceClock(isOn: true);
            }
            else if (_entry.Power.Relay is null)
            {
                throw NothingSwitches(control);
            }

            ReleasePerst(control);
        }
        catch (BenchException)
        {
            _relay?.Turn(isOn: false); // what does not come up is not left under power
            throw;
        }
    }

    /// <summary>Rails off, the quickest way: the relay, or else the board's own rails.</summary>
    public void PowerOff()
    {
        if (_entry.Power.Relay is { } relay)
        {
            Relay(relay).Turn(isOn: false);
            Hang();
            return;
        }

        var control = Control;
        if (!control.Can(BoardFeatures.Control))
        {
            throw NothingSwitches(control);
        }

        control.SetPower(isOn: false);
    }

    /// <summary>Off, a pause, on.</summary>
    public void PowerCycle()
    {
        PowerOff();
        Pause(_entry.Power.Off);
        PowerOn();
    }

    /// <summary>Resets the device: by the line on PERST#, by the board's own PERST#, or else by the link.</summary>
    /// <returns>By what, in words.</returns>
    public string Reset()
    {
        if (_entry.Perst is { } line)
        {
            Perst(line).Turn(isOn: true);
            Pause(_resetTime);
            Perst(line).Turn(isOn: false);
            return $"PERST# by {line}";
        }

        var control = Control;
        if (control.Can(BoardFeatures.Control))
        {
            control.SetPerst(isReleased: false);
            control.SetPerst(isReleased: true);
            return "PERST# by the board";
        }

        _link!.Request([(byte)BoardOperation.Reset, 1, 0], TimeSpan.FromSeconds(10));
        return "a fundamental reset by the link; the board drives no PERST#";
    }

    /// <summary>Measures once, by the gear and by the board itself.</summary>
    /// <exception cref="BenchException">A sensor or the board does not answer.</exception>
    public IReadOnlyList<Reading> Measure()
    {
        var readings = new List<Reading>(MeasureByGear());
        var isAsked = _entry.Monitors.Any(monitor => monitor.Source is TelemetrySource);
        if (isAsked || _entry.Monitors.Count == 0)
        {
            readings.AddRange(Name(Control.Measure()));
        }

        return readings;
    }

    /// <summary>Measures once by the gear around the board; the link is not used.</summary>
    public IReadOnlyList<Reading> MeasureByGear()
    {
        OpenSensors();
        var readings = new List<Reading>();
        foreach (var (monitor, sensor) in _sensors)
        {
            foreach (var (unit, value) in sensor.Measure())
            {
                readings.Add(new Reading(monitor.Name, unit, value, monitor.Left(unit, value)));
            }
        }

        return readings;
    }

    /// <summary>Gives the values that a board measured the names and windows of the bench file.</summary>
    public IReadOnlyList<Reading> Name(TelemetryMessage measured) => [.. measured.Values.Select(value =>
    {
        var monitor = _entry.Monitors.FirstOrDefault(known => known.Source is TelemetrySource source && source.Channel == value.Channel);
        return new Reading(monitor?.Name ?? $"channel {value.Channel}", value.Unit, value.Value, monitor?.Left(value.Unit, value.Value));
    })];

    /// <summary>Whether the relay is on; null: there is none.</summary>
    public bool? IsRelayOn() => _entry.Power.Relay is { } relay ? Relay(relay).Read() : null;

    /// <summary>Gives link and gear up; levels stay as the kernel's driver leaves them.</summary>
    public void Dispose()
    {
        Hang();
        _relay?.Dispose();
        _perst?.Dispose();
        foreach (var (_, sensor) in _sensors)
        {
            sensor.Dispose();
        }
    }

    private IGearLine Relay(SwitchEntry entry) => _relay ??= _gear.OpenLine(entry);

    private IGearLine Perst(SwitchEntry entry) => _perst ??= _gear.OpenLine(entry);

    private void ReleasePerst(BoardControl control)
    {
        if (_entry.Perst is { } line)
        {
            Perst(line).Turn(isOn: false);
        }
        else if (control.Can(BoardFeatures.Control))
        {
            control.SetPerst(isReleased: true);
        }
    }

    private void OpenSensors()
    {
        if (_areSensorsOpen)
        {
            return;
        }

        foreach (var monitor in _entry.Monitors.Where(monitor => monitor.Source is not TelemetrySource))
        {
            _sensors.Add((monitor, _gear.OpenSensor(monitor.Source)));
        }

        _areSensorsOpen = true;
    }

    private BoardControl Connect()
    {
        Hang();
        _link = _open();
        _link.Open();
        return _control = new BoardControl(_link, _time);
    }

    // Its port may come a while after its power, and go once more.
    private BoardControl ConnectWithin(TimeSpan patience)
    {
        var deadline = Deadline.After(_time, patience);
        while (true)
        {
            try
            {
                return Control;
            }
            catch (BenchException e) when (e.Layer is BenchLayer.Cable or BenchLayer.Bridge or BenchLayer.Link && !deadline.HasPassed)
            {
                Hang();
                Pause(_retry);
            }
        }
    }

    private void Hang()
    {
        _link?.Dispose();
        (_link, _control) = (null, null);
    }

    private void Pause(TimeSpan time)
    {
        _cancel.WaitHandle.WaitOne(time);
        _cancel.ThrowIfCancellationRequested();
    }

    private BenchException NothingSwitches(BoardControl control) => new(
        BenchLayer.Board, $"nothing switches the power of {_entry.Name}: {control.Board.Name} has no board control, and the bench file names no relay",
        "Name a relay in the bench file: docs/bench-file.md.");
}
