namespace HilBench.Journal;

/// <summary>The bench could not do its work (exit code 3). Never thrown for a device that misbehaves: that is a violation.</summary>
/// <param name="layer">The first layer that failed.</param>
/// <param name="what">What happened and where, without a final full stop.</param>
/// <param name="advice">What to do next, as a sentence.</param>
/// <param name="cause">The exception behind it, if any.</param>
public sealed class BenchException(BenchLayer layer, string what, string advice, Exception? cause = null)
    : Exception($"{layer}: {what}. {advice}", cause)
{
    /// <summary>The first layer that failed.</summary>
    public BenchLayer Layer { get; } = layer;

    /// <summary>What happened and where.</summary>
    public string What { get; } = what;

    /// <summary>What to do next.</summary>
    public string Advice { get; } = advice;
}
