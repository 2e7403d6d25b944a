namespace HilBench.Notifiers;

/// <summary>Why a range is invalidated; the values of <c>enum mmu_notifier_event</c> of Linux 5.14 and later.</summary>
public enum NotifierEvent : byte
{
    /// <summary>The range goes away (or: treat it so).</summary>
    Unmap = 0,

    /// <summary>Entries are cleared or replaced.</summary>
    Clear = 1,

    /// <summary>The protection of the VMA changes.</summary>
    ProtectionVma = 2,

    /// <summary>The protection of single pages changes.</summary>
    ProtectionPage = 3,

    /// <summary>Soft-dirty bits are cleared.</summary>
    SoftDirty = 4,

    /// <summary>The mm goes away (interval notifiers only).</summary>
    Release = 5,

    /// <summary>Pages migrate to or from device memory; the owner says whose.</summary>
    Migrate = 6,

    /// <summary>A device gets exclusive access; the owner says whose.</summary>
    Exclusive = 7,
}
