using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace HilBench.Cli;

/// <summary>Prints the version of the bench.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction, ICleanAction
{
    /// <summary>The bench's version, for example 0.1.0.</summary>
    public static string Version { get; } =
        typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"hilbench {Version}");
        return ExitCode.Good;
    }
}
