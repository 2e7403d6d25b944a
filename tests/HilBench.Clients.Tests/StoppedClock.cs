using HilBench.Journal;

namespace HilBench.Clients.Tests;

/// <summary>A clock that stands still.</summary>
internal sealed class StoppedClock : IClock
{
    public ulong Now => 0;
}
