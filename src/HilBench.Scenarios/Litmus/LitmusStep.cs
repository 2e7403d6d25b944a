namespace HilBench.Scenarios;

/// <summary>What a step of a litmus test does when a thread runs it.</summary>
internal delegate IEnumerable<Pause> LitmusBody(LitmusRun run, LitmusThread thread);

/// <summary>One step of a thread of a litmus test.</summary>
/// <param name="Text">The line of the file.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Body">What it does.</param>
/// <param name="IsAtomic">Nobody moves before it has ended, unless it waits.</param>
internal sealed record LitmusStep(string Text, Place Place, LitmusBody Body, bool IsAtomic)
{
    /// <summary>Whether it is an access of a client's device, also where the head of its thread says so.</summary>
    public bool IsThroughClient { get; init; }
}
