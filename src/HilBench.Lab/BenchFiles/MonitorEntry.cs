using HilBench.Links;

namespace HilBench.Lab;

/// <summary>Something that is measured.</summary>
/// <param name="Name">For people: the rail or the place.</param>
/// <param name="Source">What measures it.</param>
/// <param name="Windows">What must not be left; may be empty.</param>
public sealed record MonitorEntry(string Name, MonitorSource Source, IReadOnlyList<Window> Windows)
{
    /// <summary>The window that a value has left; null: it is inside, or there is none for its unit.</summary>
    public Window? Left(MeasurementUnit unit, int value) => Windows.FirstOrDefault(window => window.Unit == unit && !window.Holds(value));
}
