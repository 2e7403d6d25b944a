using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>What a client is told when it is made.</summary>
public sealed record ClientOptions
{
    /// <summary>The mistake that it makes.</summary>
    public ClientFault Fault { get; init; }

    /// <summary>The addresses that it watches; null: the whole user space.</summary>
    public VirtualRange? Range { get; init; }

    /// <summary>Who it is in migrations and exclusive access; 0: nobody.</summary>
    public ulong Owner { get; init; }

    /// <summary>
    /// Secondary TLBs: whether ranges of more than a page flush the whole PASID (AMD), not only the range (Intel).
    /// </summary>
    public bool FlushesWholePasid { get; init; }

    /// <summary>
    /// Secondary TLBs: whether a larger page is cached 4 KiB at a time, as a device may that asks for one translation.
    /// </summary>
    public bool CachesBasePages { get; init; }
}
