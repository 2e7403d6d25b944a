namespace HilBench.Notifiers;

/// <summary>Payload of <see cref="Journal.JournalKind.NotifierCall"/>: one callback that is about to run.</summary>
/// <param name="MmId">Whose mm.</param>
/// <param name="Callback">Which callback.</param>
/// <param name="Event">Why; Unmap where the callback is told no event.</param>
/// <param name="Flags">The circumstances.</param>
/// <param name="ClientIndex">Which client, counted from 0 in the order of registration.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Byte after the last; ~0 for the end of the address space.</param>
/// <param name="OperationId">The CPU-side operation that calls.</param>
/// <param name="Site">The call site; None where no range or flush of a site led here.</param>
public readonly record struct NotifierCallRecord(
    uint MmId, NotifierCallback Callback, NotifierEvent Event, NotifierCallFlags Flags, uint ClientIndex,
    ulong Start, ulong End, uint OperationId, CallSite Site = CallSite.None);
