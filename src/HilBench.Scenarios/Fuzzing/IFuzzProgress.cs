namespace HilBench.Scenarios;

/// <summary>Told how fuzzing goes on.</summary>
public interface IFuzzProgress
{
    /// <summary>A program has ended.</summary>
    /// <param name="programs">Programs so far.</param>
    /// <param name="operations">Operations so far.</param>
    /// <param name="transactionsPerSecond">DMA operations and invalidations each second so far.</param>
    /// <param name="bins">Functional bins so far.</param>
    void ProgramFinished(long programs, long operations, double transactionsPerSecond, int bins);

    /// <summary>A failure is being made small.</summary>
    /// <param name="runs">Runs so far.</param>
    /// <param name="steps">Steps of the smallest program so far.</param>
    void Shrinking(int runs, int steps);
}
