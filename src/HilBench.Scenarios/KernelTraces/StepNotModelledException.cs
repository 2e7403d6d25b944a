namespace HilBench.Scenarios.KernelTraces;

/// <summary>The engine cannot do a step; the trace counts as differing.</summary>
internal sealed class StepNotModelledException(string step) : Exception($"the engine does not model '{step}'");
