namespace HilBench.Memory.Tests.KernelTraces;

/// <summary>One thing in which the engine differs from the kernel.</summary>
internal sealed record TraceDifference(int Step, string What)
{
    public override string ToString() => $"step {Step}: {What}";
}

/// <summary>The engine cannot do a step; the trace is not compared.</summary>
internal sealed class StepNotModelledException(string step) : Exception($"not modelled: {step}");
