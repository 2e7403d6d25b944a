namespace HilBench.Memory;

/// <summary>What may be done with memory: PROT_READ and its relatives.</summary>
[Flags]
public enum Protection : byte
{
    /// <summary>No access.</summary>
    None = 0,

    /// <summary>Loads.</summary>
    Read = 1,

    /// <summary>Stores.</summary>
    Write = 2,

    /// <summary>Execution.</summary>
    Execute = 4,

    /// <summary>Loads and stores.</summary>
    ReadWrite = Read | Write,
}
