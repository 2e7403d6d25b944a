namespace HilBench.Clients;

/// <summary>What a device access through a client's table met.</summary>
public enum AccessOutcome : byte
{
    /// <summary>No access was made: the client has no entry.</summary>
    None = 0,

    /// <summary>The page that the CPU page tables map there.</summary>
    Fresh,

    /// <summary>
    /// A page that they mapped there when an operation began that has not returned: either is right.
    /// </summary>
    Concurrent,

    /// <summary>A page that they no longer map there, with the same bytes at that place.</summary>
    StaleEqual,

    /// <summary>A page that they no longer map there, or no longer for writing.</summary>
    Stale,

    /// <summary>A page that was freed since: nobody's or somebody else's.</summary>
    Foreign,
}
