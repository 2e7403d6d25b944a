namespace HilBench.Pcie;

/// <summary>The AT field of a memory request, DW0 bits 11:10. Source: ats-rules A.1.</summary>
public enum AddressType
{
    /// <summary>The address is one that the translation agent still has to translate.</summary>
    Untranslated = 0,

    /// <summary>The request asks for a translation (ats-rules A.3).</summary>
    TranslationRequest = 1,

    /// <summary>The address came out of a Translation Completion.</summary>
    Translated = 2,

    /// <summary>Not to be sent (ATS-REQ-003).</summary>
    Reserved = 3,
}
