namespace HilBench.Notifiers;

/// <summary>What happens when a client refuses a start (notifier specification, 1.1 row 28).</summary>
public enum FailingStartRule : byte
{
    /// <summary>A start has no result (to 4.18).</summary>
    CannotFail = 0,

    /// <summary>All are called, the error is returned, and nobody gets an end (4.19 to 5.11).</summary>
    NobodyGetsEnd,

    /// <summary>All are called, then end for all that have one, then the error is returned (5.12 and later).</summary>
    EndForAll,
}
