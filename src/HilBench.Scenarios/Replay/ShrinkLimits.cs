namespace HilBench.Scenarios;

/// <summary>How much work making a failure small may be.</summary>
/// <param name="Runs">Runs in all.</param>
/// <param name="Seeds">Runs with other choices, for each change of a small program.</param>
public sealed record ShrinkLimits(int Runs = 8000, int Seeds = 32);
