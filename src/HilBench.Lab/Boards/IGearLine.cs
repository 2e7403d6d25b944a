using HilBench.Journal;

namespace HilBench.Lab;

/// <summary>A line that switches something: a relay, PERST#.</summary>
public interface IGearLine : IDisposable
{
    /// <summary>Whether it is on; for an active-low line, on is the low level. Null: it can be switched, not read.</summary>
    /// <exception cref="BenchException">Board: it cannot be read.</exception>
    bool? Read();

    /// <summary>Switches it, and keeps it so while it is open.</summary>
    /// <exception cref="BenchException">Board: it cannot be switched.</exception>
    void Turn(bool isOn);
}
