namespace HilBench.Scenarios;

/// <summary>What a replay file repeats.</summary>
public enum ReplayKind
{
    /// <summary>A random program.</summary>
    Program = 0,

    /// <summary>A scenario of a suite.</summary>
    Scenario,

    /// <summary>A schedule of a litmus test.</summary>
    Litmus,
}
