namespace HilBench.Cli.Bringup;

/// <summary>A command of the console.</summary>
/// <param name="Name">Its first word.</param>
/// <param name="Usage">The words behind it.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Words">Words that may follow, for completion.</param>
/// <param name="Run">Carries it out; what it found, for expect, or null.</param>
internal sealed record ConsoleVerb(string Name, string Usage, string Summary, IReadOnlyList<string> Words, Func<ConsoleWords, ulong?> Run);
