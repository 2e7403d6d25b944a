namespace HilBench.Pcie;

/// <summary>How a search for a capability ends.</summary>
public enum CapabilityOutcome
{
    /// <summary>The list ended without it, or there is no list.</summary>
    Absent,

    /// <summary>It stands at the offset.</summary>
    Found,

    /// <summary>The list runs in a circle.</summary>
    Circular,

    /// <summary>
    /// A next pointer points outside of the list's part of configuration space, or is not a multiple of 4.
    /// </summary>
    BadPointer,
}
