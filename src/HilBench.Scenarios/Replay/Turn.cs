namespace HilBench.Scenarios;

/// <summary>One turn of steps that run at once: which branch moves to its next point, and how far the device gets then.</summary>
/// <param name="Branch">Index of the branch among those of its step, from 0.</param>
/// <param name="Cycles">Device cycles after the branch has moved.</param>
public readonly record struct Turn(int Branch, int Cycles);
