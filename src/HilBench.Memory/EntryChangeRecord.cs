using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Payload of EntryChange: a page-table entry is about to change.</summary>
/// <param name="MmId">Whose mm.</param>
/// <param name="LevelShift">Level of the entry: 12 PTE, 21 PMD, 30 PUD, 39 and 48 above.</param>
/// <param name="Address">First virtual address that the entry covers.</param>
/// <param name="OldEntry">The bits before.</param>
/// <param name="NewEntry">The bits after.</param>
/// <param name="OperationId">Who changes it.</param>
/// <param name="Site">The call site that announced it, or would have; None outside all.</param>
public readonly record struct EntryChangeRecord(
    uint MmId, byte LevelShift, ulong Address, ulong OldEntry, ulong NewEntry, uint OperationId,
    CallSite Site = CallSite.None);
