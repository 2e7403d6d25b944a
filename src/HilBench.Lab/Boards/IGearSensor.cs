using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab;

/// <summary>Something that measures.</summary>
public interface IGearSensor : IDisposable
{
    /// <summary>Measures now.</summary>
    /// <returns>One value for each unit that it measures.</returns>
    /// <exception cref="BenchException">Board: it does not answer.</exception>
    IReadOnlyList<(MeasurementUnit Unit, int Value)> Measure();
}
