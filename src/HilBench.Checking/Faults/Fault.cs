namespace HilBench.Checking;

/// <summary>A mistake that a device can make.</summary>
/// <param name="Id">For example M11; never changes.</param>
/// <param name="Summary">The mistake.</param>
/// <param name="Rules">Rules that it breaks.</param>
/// <param name="LeastStimulus">The shortest script known to expose it: G obtain a translation, A access, I invalidate and wait.</param>
public sealed record Fault(string Id, string Summary, IReadOnlyList<string> Rules, string LeastStimulus);
