namespace HilBench.Pcie;

/// <summary>
/// What a TLP is. The ATS and PRI messages are told by their exact form (ats-rules A.7 to A.9): a message with the
/// right code but another routing, or with data where there is none, is an <see cref="OtherMessage"/>.
/// </summary>
public enum TlpKind
{
    /// <summary>Not a TLP.</summary>
    None,

    /// <summary>MRd, Translation Requests included (<see cref="TlpView.IsTranslationRequest"/>).</summary>
    MemoryRead,

    /// <summary>MWr.</summary>
    MemoryWrite,

    /// <summary>IORd.</summary>
    IoRead,

    /// <summary>IOWr.</summary>
    IoWrite,

    /// <summary>CfgRd0.</summary>
    ConfigurationRead0,

    /// <summary>CfgWr0.</summary>
    ConfigurationWrite0,

    /// <summary>CfgRd1.</summary>
    ConfigurationRead1,

    /// <summary>CfgWr1.</summary>
    ConfigurationWrite1,

    /// <summary>Cpl.</summary>
    Completion,

    /// <summary>CplD.</summary>
    CompletionWithData,

    /// <summary>FetchAdd AtomicOp.</summary>
    FetchAdd,

    /// <summary>Swap AtomicOp.</summary>
    Swap,

    /// <summary>Compare-and-swap AtomicOp.</summary>
    Cas,

    /// <summary>Invalidate Request: MsgD by ID, code 01.</summary>
    InvalidateRequest,

    /// <summary>Invalidate Completion: Msg by ID, code 02.</summary>
    InvalidateCompletion,

    /// <summary>Page Request or Stop Marker: Msg to Root Complex, code 04.</summary>
    PageRequest,

    /// <summary>PRG Response: Msg by ID, code 05.</summary>
    PrgResponse,

    /// <summary>Any other message.</summary>
    OtherMessage,
}
