namespace HilBench.Pcie;

/// <summary>The Attr bits of DW0. Source: ats-rules A.1.</summary>
[Flags]
public enum TlpAttributes
{
    /// <summary>Ordered, snooped.</summary>
    None = 0,

    /// <summary>No Snoop, DW0 bit 12.</summary>
    NoSnoop = 1,

    /// <summary>Relaxed Ordering, DW0 bit 13.</summary>
    RelaxedOrdering = 2,

    /// <summary>ID-based Ordering, DW0 bit 18.</summary>
    Ido = 4,
}
