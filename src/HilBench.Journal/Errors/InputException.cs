using System.Globalization;

namespace HilBench.Journal;

/// <summary>What a person gave is wrong: a command line, a scenario file, a URI (exit code 2).</summary>
/// <param name="file">The file, or null for the command line.</param>
/// <param name="line">From 1; 0 when there is none.</param>
/// <param name="column">From 1; 0 when there is none.</param>
/// <param name="what">What is wrong, without a final full stop.</param>
/// <param name="fix">What would be right, as a sentence.</param>
public sealed class InputException(string? file, int line, int column, string what, string fix)
    : Exception($"{Place(file, line, column)}{what}. {fix}")
{
    /// <summary>Wrong input that is in no file.</summary>
    public InputException(string what, string fix)
        : this(null, 0, 0, what, fix)
    {
    }

    /// <summary>The file, or null.</summary>
    public string? File { get; } = file;

    /// <summary>From 1; 0 when there is none.</summary>
    public int Line { get; } = line;

    /// <summary>From 1; 0 when there is none.</summary>
    public int Column { get; } = column;

    private static string Place(string? file, int line, int column) =>
        file is null ? string.Empty
        : line == 0 ? $"{file}: "
        : string.Create(CultureInfo.InvariantCulture, $"{file}:{line}:{column}: ");
}
