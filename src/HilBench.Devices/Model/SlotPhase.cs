namespace HilBench.Devices.Model;

/// <summary>What a slot does next.</summary>
internal enum SlotPhase
{
    Idle,

    /// <summary>Looks up the page of its next TLP.</summary>
    Lookup,

    /// <summary>Puts a memory request into the transmit queue, with the translation it found.</summary>
    IssueMemory,

    /// <summary>Puts a Translation Request into the transmit queue.</summary>
    IssueTranslation,

    /// <summary>Waits for the answer, or for its turn to store it.</summary>
    AwaitTranslation,

    /// <summary>Asks the host for pages that are missing.</summary>
    RequestPages,

    /// <summary>Waits for the PRG Response.</summary>
    AwaitPages,

    /// <summary>Everything was asked for; waits for the data.</summary>
    AwaitReads,

    /// <summary>Writes its completion record and becomes idle.</summary>
    Finish,
}
