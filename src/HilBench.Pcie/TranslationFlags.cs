namespace HilBench.Pcie;

/// <summary>The flag bits of a Translation Completion entry, at their places. Source: ats-rules A.4.</summary>
[Flags]
public enum TranslationFlags
{
    /// <summary>No access.</summary>
    None = 0,

    /// <summary>Read permitted.</summary>
    R = 1 << 0,

    /// <summary>Write permitted.</summary>
    W = 1 << 1,

    /// <summary>Only untranslated requests may be used for the range.</summary>
    U = 1 << 2,

    /// <summary>Execute permitted.</summary>
    Exe = 1 << 3,

    /// <summary>The permissions are for privileged mode.</summary>
    Priv = 1 << 4,

    /// <summary>The mapping is global for all PASIDs.</summary>
    Global = 1 << 5,

    /// <summary>CXL devices only.</summary>
    CxlIo = 1 << 9,

    /// <summary>Non-snooped access.</summary>
    N = 1 << 10,
}
