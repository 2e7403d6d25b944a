namespace HilBench.Memory;

/// <summary>What a faulting access is answered with.</summary>
public enum Signal : byte
{
    /// <summary>Nothing: the access went well.</summary>
    None = 0,

    /// <summary>SIGBUS: no page behind the mapping.</summary>
    Bus = 7,

    /// <summary>SIGSEGV: no mapping, or not allowed.</summary>
    Segv = 11,
}
