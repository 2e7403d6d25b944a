namespace HilBench.Checking;

/// <summary>What the repeat of a recorded failure showed. Nothing in it depends on the machine or the time.</summary>
public sealed record ReplayResult
{
    /// <summary>What was repeated: program, scenario or litmus.</summary>
    public required string Kind { get; init; }

    /// <summary>The device URI.</summary>
    public required string Device { get; init; }

    /// <summary>What the device calls itself.</summary>
    public required string DeviceName { get; init; }

    /// <summary>The kernel that is modelled.</summary>
    public required string Profile { get; init; }

    /// <summary>The bench's version.</summary>
    public required string Version { get; init; }

    /// <summary>Steps of the program that hold no others.</summary>
    public required int Steps { get; init; }

    /// <summary>The rule that the file says was broken; null: the bench itself failed.</summary>
    public required string? ExpectedRule { get; init; }

    /// <summary>When, in device cycles.</summary>
    public required ulong ExpectedTime { get; init; }

    /// <summary>What was seen then.</summary>
    public required string ExpectedReason { get; init; }

    /// <summary>Whether the same rule was broken again.</summary>
    public required bool IsReproduced { get; init; }

    /// <summary>Whether it was broken in the same cycle, for the same reason.</summary>
    public required bool IsExact { get; init; }

    /// <summary>Why it is not the same, in one sentence; null: it is.</summary>
    public required string? Difference { get; init; }

    /// <summary>How the run ended.</summary>
    public required ScenarioResult Result { get; init; }
}
