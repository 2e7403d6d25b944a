namespace HilBench.Scenarios;

/// <summary>What an access or a fault of a client's device shows.</summary>
internal enum ClientSight
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The page of the CPU, or that of before an operation under way.</summary>
    Fresh,

    /// <summary>A page that the CPU has left, with the same content.</summary>
    Equal,

    /// <summary>A page that the CPU has left.</summary>
    Stale,

    /// <summary>A page that was freed since.</summary>
    Foreign,

    /// <summary>No access.</summary>
    Refused,

    /// <summary>The page of the CPU, without what the device wrote there last.</summary>
    Lost,

    /// <summary>A wait without end.</summary>
    Hang,
}
