using HilBench.Notifiers;
using HilBench.Pcie;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>One scenario, read and ready to run. Variables are filled in.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    public required string About { get; init; }

    /// <summary>Rules that it is about.</summary>
    public required IReadOnlyList<string> Rules { get; init; }

    /// <summary>What it needs of the device: names of <see cref="DeviceNeed"/>.</summary>
    public required IReadOnlyList<string> Needs { get; init; }

    /// <summary>Processes by name, with their PASID as text.</summary>
    public required IReadOnlyList<(string Name, Pcie.Pasid? Pasid, int Function)> Processes { get; init; }

    /// <summary>Processes that no device reaches.</summary>
    public required IReadOnlyList<string> Unbound { get; init; }

    /// <summary>The kernel that the scenario is about; null: the run's.</summary>
    public required KernelProfile? Profile { get; init; }

    /// <summary>Whether the kernel's own known mistakes are reproduced, whatever the run asks for.</summary>
    public required bool IsAsKernel { get; init; }

    /// <summary>What the kernel does differently at one call site; null: nothing.</summary>
    public required (CallSite Site, SiteExperiment Experiment)? Experiment { get; init; }

    /// <summary>First kernel that has what the scenario needs; null: all have it.</summary>
    public required KernelProfile? Since { get; init; }

    /// <summary>Last kernel that has it; null: the newest.</summary>
    public required KernelProfile? Until { get; init; }

    /// <summary>Operations of the kernel that its steps call, each once.</summary>
    public required IReadOnlyList<string> Operations { get; init; }

    /// <summary>Physical memory, bytes.</summary>
    public required ulong MemoryBytes { get; init; }

    /// <summary>Whether steps that ask for the impossible are passed over, as in random programs.</summary>
    public bool IsTolerant { get; init; }

    /// <summary>Cycles that TLPs of the host take from the start.</summary>
    public int LatencyCycles { get; init; } = 16;

    /// <summary>Page-table levels.</summary>
    public required int Levels { get; init; }

    /// <summary>Width of canonical addresses, bits; null: that of the levels.</summary>
    public required int? AddressBits { get; init; }

    /// <summary>The Requester ID of the translation agent; null: the bench's own choice.</summary>
    public required RequesterId? Agent { get; init; }

    public required IReadOnlyList<Step> Steps { get; init; }

    public required Place Place { get; init; }

    /// <summary>The YAML that it was read from, and the values of its variables.</summary>
    public required (YamlMappingNode Node, IReadOnlyDictionary<string, string> Values) Source { get; init; }
}
