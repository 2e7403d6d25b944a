namespace HilBench.Notifiers;

/// <summary>One point at which Linux could be preempted; operations yield these.</summary>
/// <param name="Kind">What has just happened or is about to.</param>
/// <param name="Site">The kernel function that is modelled; a constant string.</param>
public readonly record struct PreemptionPoint(PreemptionKind Kind, string Site);
