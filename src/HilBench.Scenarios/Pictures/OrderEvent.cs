namespace HilBench.Scenarios;

/// <summary>One line of a picture.</summary>
/// <param name="Lane">Whom it is about.</param>
/// <param name="Text">What happens.</param>
/// <param name="IsLocked">Whether a page-table lock is held.</param>
/// <param name="Count">How many equal events in a row it stands for.</param>
internal readonly record struct OrderEvent(OrderLane Lane, string Text, bool IsLocked, int Count = 1)
{
    /// <summary>As it is written.</summary>
    public string Label => Count == 1 ? Text : $"{Text}, {Count} times";
}
