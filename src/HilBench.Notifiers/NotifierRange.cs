namespace HilBench.Notifiers;

/// <summary>What start, end and interval callbacks are told: <c>struct mmu_notifier_range</c>.</summary>
/// <param name="Start">First byte.</param>
/// <param name="End">Byte after the last; ~0 for the end of the address space.</param>
/// <param name="Event">Why.</param>
/// <param name="IsBlockable">Whether callbacks may sleep.</param>
/// <param name="Owner">Whose migration or exclusive access it is; 0 for nobody's.</param>
public readonly record struct NotifierRange(
    VirtualAddress Start, VirtualAddress End, NotifierEvent Event, bool IsBlockable, ulong Owner)
{
    /// <summary>The bounds of the VMA in the range; kernels 5.2 to 6.2 tell them, and not at every site.</summary>
    public VirtualRange? Vma { get; init; }

    /// <summary>The call site that announces it: kept by the engine, not told to clients by any kernel.</summary>
    public CallSite Site { get; init; }

    /// <summary>Whether the range shares a byte with <paramref name="other"/>.</summary>
    public bool Overlaps(VirtualRange other) => other.Start < End && other.End > Start;

    /// <summary>The range in words.</summary>
    public override string ToString() => $"[{Start}, {End}) {Event}{(IsBlockable ? "" : " non-blockable")}";
}
