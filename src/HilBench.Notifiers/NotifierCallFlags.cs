namespace HilBench.Notifiers;

/// <summary>The circumstances of a callback.</summary>
[Flags]
public enum NotifierCallFlags : byte
{
    /// <summary>None of the below.</summary>
    None = 0,

    /// <summary>The range is blockable.</summary>
    Blockable = 1 << 0,

    /// <summary>A page-table lock is held.</summary>
    Atomic = 1 << 1,

    /// <summary>The core's own secondary-TLB call just before an end callback (up to 6.5).</summary>
    Implied = 1 << 2,
}
