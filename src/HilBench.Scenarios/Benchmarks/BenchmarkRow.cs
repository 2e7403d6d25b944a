namespace HilBench.Scenarios;

/// <summary>One way to run the closed loop, measured.</summary>
/// <param name="Name">Which way.</param>
/// <param name="TransactionsPerSecond">Median over the rounds.</param>
/// <param name="CyclesPerSecond">Median over the rounds.</param>
/// <param name="Ratio">Median over the rounds of this way's speed by the limit's in the same round; null without a limit.</param>
/// <param name="BytesPerTransaction">Managed memory allocated in steady state; null for native code.</param>
/// <param name="Hash">Over every TLP of the device; equal hashes mean equal work.</param>
public sealed record BenchmarkRow(
    string Name, double TransactionsPerSecond, double CyclesPerSecond, double? Ratio, double? BytesPerTransaction, ulong Hash);
