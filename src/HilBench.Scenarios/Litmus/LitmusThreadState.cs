namespace HilBench.Scenarios;

/// <summary>What a thread of a litmus test can do.</summary>
internal enum LitmusThreadState
{
    /// <summary>It can move.</summary>
    Ready = 0,

    /// <summary>It waits for a lock (or for SRCU) that another thread holds.</summary>
    WaitsForLock,

    /// <summary>It waits for the device: an invalidation, or its own DMA operation.</summary>
    WaitsForDevice,

    /// <summary>It waits until a condition of its step holds.</summary>
    WaitsForCondition,

    /// <summary>It has ended.</summary>
    Ended,
}
