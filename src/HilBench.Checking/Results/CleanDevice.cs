namespace HilBench.Checking;

/// <summary>What a suite made of the device without a fault, before its faults were tried.</summary>
/// <param name="Run">What was run: suite, seed, profile and whatever else decides it, in words.</param>
/// <param name="Profile">Kernel profile name.</param>
/// <param name="IsPassing">Whether it passed: else a kill means nothing.</param>
/// <param name="Rules">Rules that it gave a warning for: the same warning of a faulty device is no kill.</param>
public sealed record CleanDevice(string Run, string Profile, bool IsPassing, IReadOnlyList<string> Rules);
