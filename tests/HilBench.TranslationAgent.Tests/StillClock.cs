using HilBench.Journal;

namespace HilBench.TranslationAgent.Tests;

/// <summary>A clock that the test moves.</summary>
internal sealed class StillClock : IClock
{
    public ulong Now { get; set; }
}
