namespace HilBench.Scenarios;

/// <summary>Why a step lets others run.</summary>
internal enum PauseKind
{
    /// <summary>It may be preempted here; it can go on at once.</summary>
    Preempt = 0,

    /// <summary>Only the device can help.</summary>
    Device,

    /// <summary>Another branch or thread holds a lock.</summary>
    Lock,

    /// <summary>It goes on when a condition holds (litmus tests).</summary>
    Condition,
}
