namespace HilBench.Cli.Output;

/// <summary>Where a command prints: results on <see cref="Out"/>, progress and complaints on <see cref="Error"/>.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Everything else.</param>
/// <param name="IsOutTerminal">Whether a person looks at <paramref name="Out"/>.</param>
/// <param name="IsErrorTerminal">Whether a person looks at <paramref name="Error"/>: only then progress is drawn.</param>
/// <param name="HasColour">Whether colours are wanted (see no-color.org).</param>
internal sealed record Terminal(
    TextWriter Out,
    TextWriter Error,
    bool IsOutTerminal,
    bool IsErrorTerminal,
    bool HasColour)
{
    /// <summary>The streams of this process, with what the environment says about them.</summary>
    public static Terminal OfProcess()
    {
        var isDumb = Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        var isColourRefused = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        return new(
            Console.Out,
            Console.Error,
            IsOutTerminal: !Console.IsOutputRedirected && !isDumb,
            IsErrorTerminal: !Console.IsErrorRedirected && !isDumb,
            HasColour: !isColourRefused && !isDumb);
    }

    /// <summary>Tells the person what went wrong.</summary>
    public void Complain(string what) => Error.WriteLine($"hilbench: {what}");
}
