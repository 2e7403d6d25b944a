namespace HilBench.Scenarios;

/// <summary>One line of a timeline.</summary>
/// <param name="Lane">Index of the thread; behind the last one: the device's cache and the host's agent.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Text">What happens.</param>
/// <param name="Count">How many equal lines in a row it stands for.</param>
internal readonly record struct LitmusTimelineRow(int Lane, LitmusTimelineKind Kind, string Text, int Count = 1)
{
    /// <summary>As it is written.</summary>
    public string Label => Count == 1 ? Text : $"{Text}, {Count} times";
}
