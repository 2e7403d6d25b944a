namespace HilBench.TranslationAgent;

/// <summary>How far a host request to the device has come.</summary>
public enum HostRequestStatus
{
    /// <summary>The tag is free.</summary>
    None = 0,

    /// <summary>Sent, not answered.</summary>
    Pending,

    /// <summary>Answered with Successful Completion.</summary>
    Done,

    /// <summary>Answered with another status.</summary>
    Refused,
}
