using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>How long TLPs of the host take to the device, in device clock cycles.</summary>
public sealed class WireTiming
{
    private readonly int[] _extra = new int[(int)DownstreamClass.PrgResponse + 1];

    /// <summary>Cycles that every TLP takes, at least 1. The device may run ahead by one less, so that fewer switches are needed.</summary>
    public int LatencyCycles { get; set; } = 16;

    /// <summary>Up to so many cycles more for each TLP, by chance.</summary>
    public int JitterCycles { get; set; }

    /// <summary>Cycles more for TLPs of one class.</summary>
    public int this[DownstreamClass order]
    {
        get => _extra[(int)order];
        set => _extra[(int)order] = value;
    }
}
