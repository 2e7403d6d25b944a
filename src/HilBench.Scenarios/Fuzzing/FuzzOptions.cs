namespace HilBench.Scenarios;

/// <summary>What to fuzz, and for how long.</summary>
public sealed record FuzzOptions
{
    /// <summary>Device URI.</summary>
    public string Device { get; init; } = "rtl:";

    /// <summary>Kernel profile name; null takes the default.</summary>
    public string? Profile { get; init; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Ends after the program with which so many operations have ended; 0: no limit.</summary>
    public long Operations { get; init; }

    /// <summary>Ends after so many minutes; 0: no limit.</summary>
    public double Minutes { get; init; }

    /// <summary>Only CPU operations whose name matches one of these globs, separated by commas; null: all.</summary>
    public string? Filter { get; init; }

    /// <summary>Whether rules that no public source confirms, and warnings, count as failures.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Whether a failure of the modelled host or of the bench itself ends the run, as one of the device does.</summary>
    public bool IsHostJudged { get; init; }

    /// <summary>Whether a failure is made small.</summary>
    public bool IsShrunk { get; init; } = true;
}
