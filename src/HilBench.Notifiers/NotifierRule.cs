namespace HilBench.Notifiers;

/// <summary>What the validator watches.</summary>
public enum NotifierRule : byte
{
    /// <summary>No rule.</summary>
    None = 0,

    /// <summary>An end without its start, or an operation that returned with a range open.</summary>
    UnbalancedRange,

    /// <summary>A callback that may sleep was called in atomic context.</summary>
    SleepInAtomicContext,

    /// <summary>A callback was called without the lock that protects its range.</summary>
    WrongLock,

    /// <summary>A page was freed while a secondary TLB could still hold a translation to it.</summary>
    StaleTranslationAtFree,

    /// <summary>A client refused a start although it has an end callback.</summary>
    FailingStartWithEnd,

    /// <summary>A client refused a start of a blockable range.</summary>
    FailingStartOfBlockableRange,

    /// <summary>A callback of a client that is not registered any more.</summary>
    UseAfterUnregister,

    /// <summary>
    /// A list notifier refused a range that the interval notifiers had accepted, and nobody takes the interval's count
    /// of active ranges back: a reader of an interval that the range hit waits for ever (Linux 5.5 to 6.18).
    /// </summary>
    IntervalImbalance,

    /// <summary>A client slept in a callback of a range that is not blockable.</summary>
    SleepInNonBlockableRange,

    /// <summary>A page table was freed while a walker of a secondary TLB could still read it.</summary>
    StaleTableAtFree,

    /// <summary>Two locks are taken in both orders, or a lock is taken again by who holds it.</summary>
    LockOrderInversion,
}
