namespace HilBench.Scenarios;

/// <summary>Whom an event of a picture is about; each has a column.</summary>
internal enum OrderLane
{
    /// <summary>The operation itself.</summary>
    Operation = 0,

    /// <summary>Subscribers with start and end.</summary>
    Range,

    /// <summary>The page table.</summary>
    Entry,

    /// <summary>The TLBs of the CPUs.</summary>
    CpuTlb,

    /// <summary>The TLB of the device.</summary>
    DeviceTlb,

    /// <summary>The page frames.</summary>
    Frame,
}
