namespace HilBench.Pcie;

/// <summary>What came of a search for a capability.</summary>
/// <param name="Outcome">Whether it was found, and if not, why.</param>
/// <param name="Offset">Where it stands, or where the list went wrong; byte offset.</param>
public readonly record struct CapabilitySearch(CapabilityOutcome Outcome, int Offset)
{
    /// <summary>True when the capability was found.</summary>
    public bool IsFound => Outcome == CapabilityOutcome.Found;
}
