using HilBench.Journal;

namespace HilBench.Lab;

/// <summary>Opens the gear around a board. What is opened is the caller's; opening changes no level.</summary>
public interface IGearBox
{
    /// <summary>Opens a line.</summary>
    /// <exception cref="BenchException">Host or Permission: there is none, or it is held by somebody else.</exception>
    IGearLine OpenLine(SwitchEntry entry);

    /// <summary>Opens a sensor.</summary>
    /// <param name="entry">Any but a <see cref="TelemetrySource"/>.</param>
    /// <exception cref="BenchException">Host or Permission: there is no such bus, or it may not be opened.</exception>
    IGearSensor OpenSensor(MonitorSource entry);
}
