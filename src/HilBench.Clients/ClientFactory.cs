using HilBench.Memory;

namespace HilBench.Clients;

/// <summary>Makes clients by their archetype.</summary>
public static class ClientFactory
{
    /// <summary>A client that is not registered yet.</summary>
    /// <param name="kind">The archetype.</param>
    /// <param name="space">Whose page tables it mirrors.</param>
    /// <param name="oracle">Judges its device.</param>
    /// <param name="options">Its mistake and its range.</param>
    /// <exception cref="ArgumentException">The archetype cannot make that mistake.</exception>
    public static ClientDevice Create(
        ClientKind kind, AddressSpace space, AccessOracle oracle, ClientOptions options)
    {
        if (options.Fault != ClientFault.None && !ClientCatalogue.Get(kind).Faults.Contains(options.Fault))
        {
            throw new ArgumentException($"{kind} cannot make the mistake {options.Fault}", nameof(options));
        }

        return kind switch
        {
            ClientKind.SequenceCount => new SequenceCountClient(space, oracle, options),
            ClientKind.IntervalTree => new IntervalTreeClient(space, oracle, options),
            ClientKind.SecondaryTlb => new SecondaryTlbClient(space, oracle, options),
            ClientKind.StartOnly => new StartOnlyClient(space, oracle, options),
            ClientKind.Pinning => new PinningClient(space, oracle, options),
            ClientKind.HmmMirror => new HmmMirrorClient(space, oracle, options),
            ClientKind.RangeCount => new RangeCountClient(space, oracle, options),
            ClientKind.LockHolding => new LockHoldingClient(space, oracle, options),
            ClientKind.WindowUnmap => new WindowUnmapClient(space, oracle, options),
            ClientKind.Alias => new AliasClient(space, oracle, options),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
