namespace HilBench.Scenarios;

/// <summary>Something that a condition compares: a register, memory, what clients were told, or a value.</summary>
/// <param name="Text">As outcomes show it.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Evaluate">Its value at this moment.</param>
/// <param name="IsObserved">Whether outcomes show it: it is neither a value nor a register.</param>
internal sealed record LitmusTerm(string Text, Place Place, Func<LitmusRun, string> Evaluate, bool IsObserved = false);
