namespace HilBench.Cli.Bringup;

/// <summary>A line of the console that is wrong, or an expectation that does not hold.</summary>
/// <param name="column">From 1.</param>
/// <param name="what">What is wrong, without a final full stop.</param>
/// <param name="fix">What would be right, as a sentence; may be empty.</param>
internal sealed class ConsoleFault(int column, string what, string fix) : Exception(fix.Length == 0 ? $"{what}." : $"{what}. {fix}")
{
    /// <summary>From 1.</summary>
    public int Column { get; } = column;

    /// <summary>What is wrong.</summary>
    public string What { get; } = what;

    /// <summary>What would be right.</summary>
    public string Fix { get; } = fix;

    /// <summary>Whether the device, not the line, is wrong.</summary>
    public bool IsExpectation { get; init; }
}
