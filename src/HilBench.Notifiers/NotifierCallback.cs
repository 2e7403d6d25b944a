namespace HilBench.Notifiers;

/// <summary>Which callback of a subscription ran.</summary>
public enum NotifierCallback : byte
{
    /// <summary>No callback.</summary>
    None = 0,

    /// <summary><c>invalidate_range_start</c>.</summary>
    InvalidateRangeStart,

    /// <summary><c>invalidate_range_end</c>.</summary>
    InvalidateRangeEnd,

    /// <summary><c>invalidate_range</c>, from 6.6 <c>arch_invalidate_secondary_tlbs</c>.</summary>
    InvalidateSecondaryTlb,

    /// <summary><c>change_pte</c>, until 6.9.</summary>
    ChangePte,

    /// <summary><c>clear_flush_young</c>.</summary>
    ClearFlushYoung,

    /// <summary><c>clear_young</c>.</summary>
    ClearYoung,

    /// <summary><c>test_young</c>.</summary>
    TestYoung,

    /// <summary><c>release</c>.</summary>
    Release,

    /// <summary>The <c>invalidate</c> callback of an interval notifier.</summary>
    IntervalInvalidate,

    /// <summary><c>invalidate_page</c>, until 4.12.</summary>
    InvalidatePage,
}
