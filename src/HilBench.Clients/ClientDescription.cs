using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>What an archetype is, for lists and files.</summary>
/// <param name="Id">As scenario files name it.</param>
/// <param name="Kind">The archetype.</param>
/// <param name="About">One sentence.</param>
/// <param name="StandsFor">Rows of the notifier specification (3.1) that it models, and their names.</param>
/// <param name="Faults">The mistakes that it can make.</param>
public sealed record ClientDescription(
    string Id, ClientKind Kind, string About, string StandsFor, IReadOnlyList<ClientFault> Faults)
{
    /// <summary>
    /// Whether it can live in a kernel: interval notifiers exist from 5.5 on, and who holds a lock from start to end
    /// has nothing for <c>invalidate_page</c>.
    /// </summary>
    public bool FitsInto(KernelProfile profile, ClientFault fault) => Kind switch
    {
        ClientKind.IntervalTree or ClientKind.HmmMirror or ClientKind.WindowUnmap => profile.HasIntervals,
        ClientKind.StartOnly or ClientKind.Pinning => profile.HasIntervals
            || fault is not (ClientFault.None or ClientFault.IntervalStaysCounted),
        ClientKind.LockHolding => profile.HasNonBlockableRanges,
        _ => true,
    };
}
