using System.CommandLine;

namespace HilBench.Cli.Commands;

/// <summary>A command of hilbench, with the examples that its help shows.</summary>
internal abstract class BenchCommand(string name, string summary, params string[] examples) : Command(name, summary)
{
    /// <summary>Whole command lines.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;
}
