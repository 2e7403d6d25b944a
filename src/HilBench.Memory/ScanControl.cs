namespace HilBench.Memory;

/// <summary>One attempt to reclaim memory of a cgroup (struct scan_control).</summary>
/// <param name="cgroup">Whose pages.</param>
/// <param name="target">Base pages that are wanted.</param>
internal sealed class ScanControl(byte cgroup, ulong target)
{
    /// <summary>First priority; at 0 whole lists are scanned.</summary>
    public const int FirstPriority = 12;

    /// <summary>Pages that are scanned at a time (SWAP_CLUSTER_MAX).</summary>
    public const ulong ClusterMax = 32;

    public byte Cgroup { get; } = cgroup;

    public ulong Target { get; } = Math.Max(target, ClusterMax);

    public ulong Reclaimed { get; set; }

    public int Priority { get; set; } = FirstPriority;

    /// <summary>Whether active lists are scanned even when the inactive ones are long enough.</summary>
    public bool ForcesDeactivation { get; set; }

    /// <summary>Whether an active list was left alone.</summary>
    public bool SkippedDeactivation { get; set; }

    public bool IsDone => Reclaimed >= Target;
}
