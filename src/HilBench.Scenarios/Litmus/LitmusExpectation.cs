using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>One case of the expected table: what the text says of a litmus test under some kernels.</summary>
internal sealed record LitmusExpectation
{
    /// <summary>Name of the test.</summary>
    public required string Test { get; init; }

    /// <summary>The kernels that it is about, oldest first.</summary>
    public required IReadOnlyList<KernelProfile> Kernels { get; init; }

    /// <summary>Placements in place of the kernel's own.</summary>
    public required IReadOnlyList<(CallSite Site, PlacementCode Code)> Placements { get; init; }

    /// <summary>What the kernel does differently.</summary>
    public required IReadOnlyList<(CallSite Site, SiteExperiment Experiment)> Experiments { get; init; }

    /// <summary>Whether the kernel's own known mistakes are reproduced.</summary>
    public required bool IsAsKernel { get; init; }

    /// <summary>The device's mistake; null: none.</summary>
    public required string? DeviceFault { get; init; }

    /// <summary>Mistakes of clients, by client.</summary>
    public required IReadOnlyDictionary<string, string> ClientFaults { get; init; }

    /// <summary>Whether a forbidden outcome can be reached.</summary>
    public required bool IsReachable { get; init; }

    /// <summary>A schedule that shows it; null: none is written down. Tests play it.</summary>
    public LitmusSchedule? Witness { get; init; }

    /// <summary>The text that says so, shortened.</summary>
    public required string Because { get; init; }

    /// <summary>Where it stands.</summary>
    public required Place Place { get; init; }

    /// <summary>What is put in place, in words; empty: nothing.</summary>
    public string Change => string.Join(' ', (string[])
    [
        .. Placements.Select(placement => $"{ClientSteps.ToKebab(placement.Site.ToString())}={placement.Code}"),
        .. Experiments.Select(experiment => $"{ClientSteps.ToKebab(experiment.Site.ToString())}={ClientSteps.ToKebab(experiment.Experiment.ToString())}"),
        .. ClientFaults.Select(fault => $"{fault.Key}={fault.Value}"),
        .. DeviceFault is null ? Array.Empty<string>() : [$"fault={DeviceFault}"],
        .. IsAsKernel ? ["as-kernel"] : Array.Empty<string>(),
    ]);

    /// <summary>The case and what is expected of it, without the test's name.</summary>
    public string InWords => $"{Range}{(Change.Length > 0 ? $" with {Change}" : string.Empty)}: {(IsReachable ? "reachable" : "unreachable")}";

    /// <summary>As messages name it.</summary>
    public override string ToString() => $"{Test}, {InWords}";

    private string Range => Kernels.Count == KernelProfile.All.Count ? "all kernels"
        : Kernels.Count == 1 ? Kernels[0].Name : $"{Kernels[0].Name} to {Kernels[^1].Name}";
}
