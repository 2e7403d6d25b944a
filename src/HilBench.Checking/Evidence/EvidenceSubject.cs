namespace HilBench.Checking;

/// <summary>What a proof is about: the journal lines it rests on, and the pages whose changes tell the story.</summary>
internal readonly struct EvidenceSubject
{
    public EvidenceSubject()
    {
    }

    /// <summary>Journal lines that must be shown.</summary>
    public ulong[] Lines { get; init; } = [];

    /// <summary>The untranslated address concerned; null: none.</summary>
    public ulong? Va { get; init; }

    /// <summary>How many journal lines before the first of <see cref="Lines"/> may belong to the story, too.</summary>
    public ulong LinesBefore { get; init; }

    /// <summary>log2 of the block around it whose page-table changes matter.</summary>
    public int Shift { get; init; } = 12;
}
