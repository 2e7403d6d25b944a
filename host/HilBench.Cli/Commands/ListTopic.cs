namespace HilBench.Cli.Commands;

/// <summary>Something that <c>hilbench list</c> can list.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="About">What its items are.</param>
/// <param name="Items">The items; the argument is the suite that was asked for.</param>
internal sealed record ListTopic(string Name, string About, Func<string, IReadOnlyList<ListItem>> Items);
