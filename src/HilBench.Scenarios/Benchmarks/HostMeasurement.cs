namespace HilBench.Scenarios;

/// <summary>One figure of the host engine.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">Median over the rounds, in <paramref name="Unit"/>.</param>
/// <param name="Unit">Such as <c>ns/page</c>.</param>
/// <param name="Ratio">This figure by the one it is set against in the same round (median); null when there is none.</param>
/// <param name="Against">The name of that other figure; null when there is none.</param>
public sealed record HostMeasurement(string Name, double Value, string Unit, double? Ratio = null, string? Against = null);
