namespace HilBench.Scenarios.KernelTraces;

/// <summary>One thing in which the engine differs from the kernel.</summary>
/// <param name="Step">After or during which step, counted from 1.</param>
/// <param name="Of">The step with its arguments.</param>
/// <param name="What">What differs: result, callbacks, pages, mappings, validator, or the step itself.</param>
/// <param name="Lines">
/// The difference: lines that begin with '-' are the kernel's alone, with '+' the engine's alone, others are of both.
/// </param>
public sealed record TraceDifference(int Step, string Of, string What, IReadOnlyList<string> Lines)
{
    /// <inheritdoc/>
    public override string ToString() => $"step {Step} {Of}: {What}\n  {string.Join("\n  ", Lines)}";
}
