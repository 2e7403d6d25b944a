namespace HilBench.Notifiers;

/// <summary>Whether a callback may sleep.</summary>
internal enum CallbackSleep
{
    /// <summary>It may, unless a page-table lock is held.</summary>
    Allowed = 0,

    /// <summary>It may not: secondary-TLB, page, young and change_pte callbacks.</summary>
    Forbidden,

    /// <summary>It may not: the range is not blockable.</summary>
    NotBlockable,
}
