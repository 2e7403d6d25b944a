using HilBench.Journal;

namespace HilBench.Notifiers.Tests;

/// <summary>A clock that stands still.</summary>
internal sealed class StillClock : IClock
{
    public ulong Now => 0;
}
