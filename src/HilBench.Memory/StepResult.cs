namespace HilBench.Memory;

/// <summary>What a step leaves to its caller.</summary>
internal sealed class StepResult
{
    public bool MustFlush { get; set; }

    /// <summary>
    /// Whether the fault must be handled with base pages (VM_FAULT_FALLBACK), or a page could not be split.
    /// </summary>
    public bool FallsBack { get; set; }

    /// <summary>Whether a page was used since the last time.</summary>
    public bool IsReferenced { get; set; }

    /// <summary>Why it could not be done: a negative error number.</summary>
    public int Errno { get; set; }

    /// <summary>The frame that was found; 0 for none.</summary>
    public ulong Frame { get; set; }

    /// <summary>Identity of the page that came of it; 0 for none.</summary>
    public ulong Identity { get; set; }
}
