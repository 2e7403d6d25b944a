namespace HilBench.Scenarios;

/// <summary>An outcome that an exploration has seen.</summary>
/// <param name="Text">Registers and what the test observes.</param>
/// <param name="Verdict">What the test says of it.</param>
/// <param name="States">End states that have it; 0: only the runs in front of a search that was cut off had it.</param>
/// <param name="Schedules">Ways through the explored states that lead to it; infinity beyond what a double holds. Those runs, where only they had it.</param>
/// <param name="Shortest">A schedule with the fewest choices.</param>
public sealed record ExploredOutcome(
    string Text, LitmusVerdict Verdict, long States, double Schedules, IReadOnlyList<string> Shortest);
