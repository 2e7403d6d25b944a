namespace HilBench.Memory;

/// <summary>What a huge-page fault handler leaves to its caller.</summary>
internal sealed class FaultResult
{
    /// <summary>Whether the fault must be handled with base pages (VM_FAULT_FALLBACK).</summary>
    public bool FallsBack { get; set; }
}
