namespace HilBench.Memory;

/// <summary>What the OOM reaper does about notifiers (notifier specification, 1.1 row 29).</summary>
internal enum OomReaperPolicy
{
    /// <summary>It takes memory without start and end (to 4.13).</summary>
    WithoutNotifiers,

    /// <summary>It leaves an mm that has notifiers alone (4.14, 4.15).</summary>
    SkipsMmWithNotifiers,

    /// <summary>It leaves an mm alone that has notifiers which may block (4.16 to 4.18).</summary>
    SkipsMmWithBlockingNotifiers,

    /// <summary>Each mapping is announced as non-blockable, and left alone where a notifier refuses (4.19 and later).</summary>
    NonBlockable,
}
