using HilBench.Journal;
using YamlDotNet.Core;

namespace HilBench.Scenarios;

/// <summary>A place in a scenario file.</summary>
/// <param name="File">The file as it was given, or the built-in one's path in the repository.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public readonly record struct Place(string File, int Line, int Column)
{
    /// <summary>An error at this place.</summary>
    /// <param name="what">What is wrong, without a final full stop.</param>
    /// <param name="fix">What would be right, as a sentence.</param>
    public InputException Error(string what, string fix) => new(File, Line, Column, what, fix);

    /// <summary>As editors take it: file:line:column.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";

    internal static Place At(string file, Mark mark) => new(file, (int)mark.Line, (int)mark.Column);
}
