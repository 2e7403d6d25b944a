namespace HilBench.Scenarios;

/// <summary>What is to be explored, as the command line has it.</summary>
public sealed record ExploreRequest
{
    /// <summary>Name of a built-in test, or a file; null: all built-in tests.</summary>
    public string? Litmus { get; init; }

    /// <summary>The device's URI.</summary>
    public string Device { get; init; } = "rtl:";

    /// <summary>The kernel; null: the one that the test names, or the default.</summary>
    public string? Profile { get; init; }

    /// <summary>Placements in place of the kernel's own: <c>cow=E</c>.</summary>
    public IReadOnlyList<string> Placements { get; init; } = [];

    /// <summary>Where each exploration stops.</summary>
    public ExploreBounds Bounds { get; init; } = new();

    /// <summary>Minutes for everything together; null: as long as it takes.</summary>
    public double? Minutes { get; init; }

    /// <summary>Tests that are explored at once, each on a device of its own.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Decides the random runs in front of a search; the result is the same for all.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Goes on where this file says; null: begins.</summary>
    public byte[]? Resume { get; init; }
}
