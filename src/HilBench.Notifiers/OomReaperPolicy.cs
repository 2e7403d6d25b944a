namespace HilBench.Notifiers;

/// <summary>How the OOM reaper treats an mm with notifiers (notifier specification, 1.1 row 29).</summary>
public enum OomReaperPolicy : byte
{
    /// <summary>It unmaps without start and end: start/end clients never hear of it (to 4.13).</summary>
    WithoutNotifiers = 0,

    /// <summary>It skips an mm that has notifiers (4.14 and 4.15).</summary>
    SkipsMmWithNotifiers,

    /// <summary>It skips an mm unless every notifier says that it does not block (4.16 to 4.18).</summary>
    SkipsMmWithBlockingNotifiers,

    /// <summary>
    /// It announces each mapping by a start that may not block; a mapping whose start fails is left as it is and tried
    /// again later (4.19 and later).
    /// </summary>
    NonBlockable,
}
