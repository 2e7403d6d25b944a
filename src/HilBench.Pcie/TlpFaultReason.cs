namespace HilBench.Pcie;

/// <summary>Why bytes are not a TLP.</summary>
public enum TlpFaultReason
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>There are no bytes.</summary>
    Empty,

    /// <summary>The number of bytes is not a multiple of 4.</summary>
    NotWholeDws,

    /// <summary>More bytes than any TLP has.</summary>
    TooLong,

    /// <summary>The bytes end inside the prefix or the header.</summary>
    TruncatedHeader,

    /// <summary>A prefix that is not the PASID prefix.</summary>
    UnknownPrefix,

    /// <summary>A second prefix.</summary>
    SecondPrefix,

    /// <summary>Fmt and Type name no TLP that this codec knows.</summary>
    UnknownType,

    /// <summary>
    /// Length (and the digest, if TD says that there is one) does not agree with the bytes that follow the header.
    /// </summary>
    PayloadLengthMismatch,
}
