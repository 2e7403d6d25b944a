using HilBench.Journal;

namespace HilBench.Checking.Tests;

/// <summary>A clock that a script sets.</summary>
internal sealed class SettableClock : IClock
{
    public ulong Now { get; set; }
}
