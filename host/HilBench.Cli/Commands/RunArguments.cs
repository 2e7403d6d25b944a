namespace HilBench.Cli.Commands;

/// <summary>The options that say what to run on what; run, mutate and bench share them.</summary>
internal static class RunArguments
{
    /// <summary>The suite that runs when none is named.</summary>
    public const string DefaultSuite = "conformance";

    /// <summary>A default that the environment gives, or null.</summary>
    public static string? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable($"HILBENCH_{name}") is { Length: > 0 } value ? value : null;
}
