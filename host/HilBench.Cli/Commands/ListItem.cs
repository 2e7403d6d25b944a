namespace HilBench.Cli.Commands;

/// <summary>One thing that can be named on the command line.</summary>
/// <param name="Id">How it is named.</param>
/// <param name="Summary">One sentence.</param>
internal sealed record ListItem(string Id, string Summary)
{
    /// <summary>Further fields of the JSON object, in this order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> More { get; init; } = [];

    /// <summary>Fields that are arrays in the JSON object, of numbers where all are numbers; behind the others.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Lists { get; init; } = [];

    /// <summary>Lines that are printed below the item; the JSON object has what they say in its fields.</summary>
    public IReadOnlyList<string> Below { get; init; } = [];
}
