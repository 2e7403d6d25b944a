using HilBench.Memory;

namespace HilBench.Checking;

/// <summary>A page-table entry that a CPU operation under way has changed: what it said before may still be seen.</summary>
/// <param name="MmId">The address space.</param>
/// <param name="OperationId">The operation.</param>
/// <param name="Address">First byte that the entry maps.</param>
/// <param name="Shift">Log2 of how many.</param>
/// <param name="Page">Where it led to.</param>
/// <param name="Identity">What lay there.</param>
internal readonly record struct OpenChange(
    uint MmId, uint OperationId, ulong Address, byte Shift, PhysicalAddress Page, FrameIdentity Identity)
{
    /// <summary>A table of page-table entries, not a page.</summary>
    public bool IsTable { get; init; }

    public bool Overlaps(ulong va, int bytes) =>
        va < Address + (1UL << Shift) && va + (ulong)bytes > Address;

    public bool TryTranslate(ulong va, out PhysicalAddress physical)
    {
        var offset = va - Address;
        physical = new PhysicalAddress(Page.Value + offset);
        return offset < 1UL << Shift;
    }
}
