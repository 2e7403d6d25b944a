namespace HilBench.Memory;

/// <summary>When anonymous memory gets large folios of one size.</summary>
public enum LargeFolioUse : byte
{
    /// <summary>Never.</summary>
    Never = 0,

    /// <summary>Where madvise HUGEPAGE asked for it.</summary>
    Madvise,

    /// <summary>Everywhere but where madvise NOHUGEPAGE forbids it.</summary>
    Always,

    /// <summary>As the setting for all sizes says: where madvise HUGEPAGE asked for it.</summary>
    Inherit,
}
