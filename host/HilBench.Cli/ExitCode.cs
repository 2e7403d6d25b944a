namespace HilBench.Cli;

/// <summary>What the process tells its caller; the same for every command.</summary>
internal static class ExitCode
{
    /// <summary>All good.</summary>
    public const int Good = 0;

    /// <summary>The device, or whatever was checked, is wrong.</summary>
    public const int Wrong = 1;

    /// <summary>The command line or an input file is wrong.</summary>
    public const int Input = 2;

    /// <summary>The bench could not do its work.</summary>
    public const int Bench = 3;

    /// <summary>Stopped by Ctrl-C or a termination signal.</summary>
    public const int Interrupted = 130;
}
