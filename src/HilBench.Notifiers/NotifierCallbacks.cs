namespace HilBench.Notifiers;

/// <summary>The callbacks that a client has; the engine calls no others.</summary>
[Flags]
public enum NotifierCallbacks : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>invalidate_range_start</c>.</summary>
    InvalidateRangeStart = 1 << 0,

    /// <summary><c>invalidate_range_end</c>.</summary>
    InvalidateRangeEnd = 1 << 1,

    /// <summary><c>invalidate_range</c>, from 6.6 <c>arch_invalidate_secondary_tlbs</c>.</summary>
    InvalidateSecondaryTlb = 1 << 2,

    /// <summary><c>change_pte</c>, until 6.9.</summary>
    ChangePte = 1 << 3,

    /// <summary><c>clear_flush_young</c>, <c>clear_young</c> and <c>test_young</c>.</summary>
    Young = 1 << 4,

    /// <summary><c>release</c>.</summary>
    Release = 1 << 5,

    /// <summary><c>invalidate_page</c>, until 4.12.</summary>
    InvalidatePage = 1 << 6,
}
