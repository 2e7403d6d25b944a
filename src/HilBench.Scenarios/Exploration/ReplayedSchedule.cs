namespace HilBench.Scenarios;

/// <summary>What a schedule led to.</summary>
/// <param name="Outcome">The outcome; a hang when the schedule ends before its threads do.</param>
/// <param name="Steps">What happened.</param>
/// <param name="Bench">The host behind it: its journal and its checker.</param>
public sealed record ReplayedSchedule(LitmusOutcome Outcome, IReadOnlyList<ScheduleStep> Steps, Bench Bench);
