namespace HilBench.Scenarios;

/// <summary>One step of a schedule that was played.</summary>
/// <param name="Action">As schedules name it.</param>
/// <param name="Text">What happened: the TLP, or where the thread stands behind it.</param>
/// <param name="Time">Device clock cycle behind it.</param>
public sealed record ScheduleStep(string Action, string Text, ulong Time);
