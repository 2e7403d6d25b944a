using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>One operation of the modelled kernel, as scenario files call it.</summary>
/// <param name="Id">Name of the step.</param>
/// <param name="Methods">Members of HilBench.Memory that make it, such as <c>AddressSpace.Munmap</c>.</param>
/// <param name="Arguments">Keys of the step, with their defaults in brackets.</param>
/// <param name="Summary">What it does, in one sentence.</param>
/// <param name="Sites">The call sites of the notifier specification, table 2.3, that it can reach.</param>
public sealed record OperationDescription(
    string Id, IReadOnlyList<string> Methods, string Arguments, string Summary, IReadOnlyList<CallSite> Sites)
{
    /// <summary>First kernel that has it, major version times 100 plus minor version.</summary>
    public int Since { get; init; }

    /// <summary>The kernels that have it, oldest first.</summary>
    public IReadOnlyList<KernelProfile> Profiles => [.. KernelProfile.All.Where(IsIn)];

    /// <summary>Rows of table 2.3 that it can reach, in order.</summary>
    public IReadOnlyList<int> Rows => [.. Sites.Select(RowOf).Distinct().Order()];

    /// <summary>Makes the step of a scenario file.</summary>
    internal Func<MapReader, StepBody> Read { get; init; } = null!; // every entry of the catalogue sets it; a test says so

    /// <summary>Whether a kernel has it.</summary>
    public bool IsIn(KernelProfile profile) => profile.Version >= Since;

    /// <summary>The row of table 2.3 that a call site stands in: row 45 has three sites.</summary>
    public static int RowOf(CallSite site) =>
        site is CallSite.UffdMove or CallSite.HugeZeroWrite ? (int)CallSite.PagemapScan : (int)site;
}
