namespace HilBench.Scenarios;

/// <summary>What chance decided in a run, in order: enough to repeat it without its seed.</summary>
public sealed class ChoiceRecord
{
    /// <summary>The turns of all steps that run branches at once.</summary>
    public List<Turn> Turns { get; } = [];

    /// <summary>Cycles that TLPs of the host took longer, one for each TLP that was sent while there was jitter.</summary>
    public List<int> Delays { get; } = [];

    /// <summary>Data of DMA operations that do not say theirs.</summary>
    public List<uint> Data { get; } = [];

    /// <summary>A copy that can be changed.</summary>
    public ChoiceRecord Copy()
    {
        var copy = new ChoiceRecord();
        copy.Turns.AddRange(Turns);
        copy.Delays.AddRange(Delays);
        copy.Data.AddRange(Data);
        return copy;
    }
}
