namespace HilBench.Memory;

/// <summary>What a device driver asks of hmm_range_fault.</summary>
public enum HmmAccess : byte
{
    /// <summary>A snapshot: nothing is faulted in.</summary>
    Snapshot = 0,

    /// <summary>Every page is faulted in for reading (HMM_PFN_REQ_FAULT).</summary>
    Read,

    /// <summary>Every page is faulted in for writing (HMM_PFN_REQ_WRITE).</summary>
    Write,
}
