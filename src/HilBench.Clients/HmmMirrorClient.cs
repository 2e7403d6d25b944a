using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A secondary MMU of a driver that migrates pages itself: it ignores the migrations that carry its own owner, and
/// drops what it migrates on its own.
/// </summary>
/// <remarks>Models <c>dmirror_interval_invalidate</c> of <c>lib/test_hmm.c</c> and the users of HMM.</remarks>
public sealed class HmmMirrorClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : IntervalTreeClient(space, oracle, options)
{
    /// <inheritdoc/>
    protected override bool IsOwn(in NotifierRange range) =>
        range.Event is NotifierEvent.Migrate or NotifierEvent.Exclusive
        && (Fault == ClientFault.IgnoresEveryOwner || (range.Owner != 0 && range.Owner == Options.Owner));
}
