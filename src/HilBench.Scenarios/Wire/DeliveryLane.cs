namespace HilBench.Scenarios;

/// <summary>TLPs that keep their order among themselves.</summary>
internal enum DeliveryLane
{
    /// <summary>Memory writes and messages; nothing that was sent after one of them passes it.</summary>
    Posted = 0,

    /// <summary>Reads, configuration requests, Translation Requests.</summary>
    Request,

    /// <summary>Completions of reads, and of requests of the host.</summary>
    Completion,

    /// <summary>Translation Completions.</summary>
    Translation,
}
