namespace HilBench.Scenarios.KernelTraces;

/// <summary>One callback; addresses as the files write them.</summary>
internal sealed record TraceCallback(
    int Step, string Mm, string Op, string? Start = null, string? End = null, string? Event = null,
    bool? Blockable = null, bool? Owner = null, string[]? Vma = null, bool Implied = false, bool Atomic = false,
    bool IrqsOff = false, int? Interval = null, ulong? NewPage = null, bool? NewWritable = null, int? Answer = null)
{
    /// <summary>Whether it invalidates a secondary TLB.</summary>
    public bool IsTlb => Op is "invalidate_range" or "arch_invalidate_secondary_tlbs";

    /// <summary>In one line.</summary>
    public override string ToString() =>
        $"{Mm} {Op}{(Start is null ? "" : $" {Start}-{End}")}{(Event is null ? "" : $" {Event}")}"
        + $"{(Blockable == false ? " non-blockable" : "")}{(Owner == true ? " owner" : "")}{(Implied ? " implied" : "")}"
        + $"{(Atomic ? " atomic" : "")}{(IrqsOff ? " irqsOff" : "")}{(Vma is null ? "" : $" vma {Vma[0]}-{Vma[1]}")}"
        + $"{(NewWritable is null ? "" : $" newPage {NewPage?.ToString() ?? "none"}")}"
        + $"{(NewWritable == true ? " newWritable" : "")}"
        + $"{(Answer is null ? "" : $" answer {Answer}")}{(Interval is null ? "" : $" interval {Interval}")}";
}
