namespace HilBench.Journal.Tests;

/// <summary>A clock that a test sets.</summary>
internal sealed class SettableClock : IClock
{
    public ulong Now { get; set; }
}
