using HilBench.Journal;

namespace HilBench.Memory.Tests;

/// <summary>A clock that stands still.</summary>
internal sealed class StepClock : IClock
{
    public ulong Now => 0;
}
