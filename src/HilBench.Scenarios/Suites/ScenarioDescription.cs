namespace HilBench.Scenarios;

/// <summary>What a scenario is, for lists.</summary>
/// <param name="Name">Unique in its suite.</param>
/// <param name="About">One sentence.</param>
/// <param name="Rules">Rules that it is about.</param>
public sealed record ScenarioDescription(string Name, string About, IReadOnlyList<string> Rules);
