namespace HilBench.Scenarios;

/// <summary>A condition of a litmus file.</summary>
/// <param name="Text">As the file has it.</param>
/// <param name="Place">Where it begins.</param>
/// <param name="Holds">Whether it holds at this moment.</param>
internal sealed record LitmusCondition(string Text, Place Place, Func<LitmusRun, bool> Holds);
