namespace HilBench.Scenarios;

/// <summary>What to run, on what. Everything that a repeat of the run needs.</summary>
public sealed record RunOptions
{
    /// <summary>Device URI, for example "rtl:" or "model:?fault=M11".</summary>
    public string Device { get; init; } = "rtl:";

    /// <summary>What the user called the device, where that is not <see cref="Device"/>: a board of a bench file.</summary>
    public string? NamedDevice { get; init; }

    /// <summary>The bench file that <see cref="NamedDevice"/> stands in.</summary>
    public string? BenchFile { get; init; }

    /// <summary>The name of a built-in suite, or the path of a scenario file or folder.</summary>
    public string Suite { get; init; } = "conformance";

    /// <summary>Runs only scenarios whose name matches this glob (* and ?); null runs all.</summary>
    public string? Filter { get; init; }

    /// <summary>Kernel profile name; null takes the default.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether the kernel's own known mistakes are reproduced (<see cref="Notifiers.KernelProfile.AsKernel"/>).</summary>
    public bool AsKernel { get; init; }

    /// <summary>Invalidation policy: 4k, exact, cover or global.</summary>
    public string Policy { get; init; } = "4k";

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How often each scenario runs, each time with another seed of its own.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>
    /// The scenarios run again and again, each time with another seed of their own, until so many minutes have passed;
    /// 0: once. Which rounds there are is a matter of the machine; what each of them does is not.
    /// </summary>
    public double Minutes { get; init; }

    /// <summary>Of a mutation run: every scenario runs on every fault, also when the fault was seen.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Of a mutation run: only the faults whose id matches one of these globs, separated by commas; null: all.</summary>
    public string? Faults { get; init; }

    /// <summary>Whether rules that no public source confirms, and those of severity warning, fail a scenario, too.</summary>
    public bool IsStrict { get; init; }
}
