namespace HilBench.Scenarios;

/// <summary>Which atomic an operation is.</summary>
public enum DmaAtomic
{
    /// <summary>None: a read or a write.</summary>
    None = 0,

    /// <summary>Adds the seed.</summary>
    FetchAdd,

    /// <summary>Compares with the seed; when equal, the seed plus 1 takes its place.</summary>
    CompareSwap,
}
