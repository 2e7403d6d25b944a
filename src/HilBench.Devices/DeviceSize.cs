namespace HilBench.Devices;

/// <summary>
/// The three parameter sets of the built-in devices. Source: docs/exerciser.md, "Address Translation Cache".
/// </summary>
public enum DeviceSize
{
    /// <summary>4 ways of 16, micro-TLBs of 4, queue depths 16 and 8.</summary>
    Standard,

    /// <summary>1 way of 8, no micro-TLB, queue depth 32; function 1 has no ATS.</summary>
    Small,

    /// <summary>8 ways of 32, micro-TLBs of 8, queue depths as in <see cref="Standard"/>.</summary>
    Large,
}
