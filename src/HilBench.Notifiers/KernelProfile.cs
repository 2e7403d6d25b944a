namespace HilBench.Notifiers;

/// <summary>
/// What one kernel version does: which callbacks exist, where the secondary TLB is invalidated at each call site, and
/// which events are told. Only profiles that are implemented are listed.
/// </summary>
public sealed record KernelProfile
{
    internal const Placement L = Placement.UnderLockBeforeSet;
    internal const Placement G = Placement.AtGatherFlush;
    internal const Placement E = Placement.AtEnd;
    internal const Placement T = Placement.WithCpuFlush;

    private static readonly Placement[] _linux61 = Table(
        (CallSite.Munmap, G | E), (CallSite.ExitMmap, Placement.None), (CallSite.ZapRange, G | E),
        (CallSite.MadviseFree, G | E), (CallSite.MadviseCold, G), (CallSite.Mprotect, G | E), (CallSite.Mremap, E),
            (CallSite.MremapHugetlb, G | E),
        (CallSite.Fork, E), (CallSite.ForkHugetlb, E), (CallSite.Cow, L), (CallSite.ZeroPageWrite, L),
        (CallSite.ThpSplit, Placement.None), (CallSite.HugeZeroSplit, Placement.None), (CallSite.FileThpSplit, L),
        (CallSite.ReclaimAnon, L | E), (CallSite.ReclaimFile, E), (CallSite.Hwpoison, E), (CallSite.MigrateUnmap, E),
        (CallSite.MkClean, E), (CallSite.CollapseAnon, E), (CallSite.CollapseFile, E), (CallSite.KsmWriteProtect, E),
        (CallSite.KsmReplace, E), (CallSite.SoftDirty, E), (CallSite.OomReaper, G | E), (CallSite.Uprobes, L | E),
        (CallSite.HugetlbCow, L | E), (CallSite.HugetlbUnmap, G | E), (CallSite.HugetlbMprotect, G | E),
        (CallSite.MigrateVmaCollect, E), (CallSite.MigrateVmaInsert, L));

    private readonly Placement[] _placements = [];

    private KernelProfile(string name, int version, Placement[] placements)
    {
        Name = name;
        Version = version;
        _placements = placements;
    }

    /// <summary>6.0 to 6.5: the golden traces of linux-6.1 pin it. The default.</summary>
    public static KernelProfile Linux61 { get; } = new("linux-6.1", 601, _linux61);

    /// <summary>6.6 and later: the secondary TLB is invalidated with the CPU TLB.</summary>
    public static KernelProfile Linux66 { get; } = new("linux-6.6", 606, Everywhere(T));

    /// <summary>The kernel of the golden traces of linux-6.12.</summary>
    public static KernelProfile Linux612 { get; } = new("linux-6.12", 612, Everywhere(T));

    /// <summary>Every profile that is implemented, oldest first.</summary>
    public static IReadOnlyList<KernelProfile> All { get; } = [Linux61, Linux66, Linux612];

    /// <summary>The profile that is used when none is named.</summary>
    public static KernelProfile Default => Linux61;

    /// <summary>Such as <c>linux-6.1</c>.</summary>
    public string Name { get; private init; }

    /// <summary>Major version times 100 plus minor version.</summary>
    public int Version { get; }

    /// <summary>Whether the core itself calls the secondary TLB from range_end (up to 6.5).</summary>
    public bool EndInvalidatesSecondaryTlb => Version < 606;

    /// <summary>Whether the secondary TLB is invalidated where the CPU TLB is flushed (6.6 and later).</summary>
    public bool CpuFlushInvalidatesSecondaryTlb => Version >= 606;

    /// <summary>Whether <c>change_pte</c> exists (up to 6.9).</summary>
    public bool HasChangePte => Version < 610;

    /// <summary>Whether ranges carry the VMA (5.2 to 6.2).</summary>
    public bool TellsVma => Version is >= 502 and < 603;

    /// <summary>Whether a failing start is followed by the end of all that have one (5.12 and later).</summary>
    public bool FailingStartIsRolledBack => Version >= 512;

    /// <summary>Whether a client may not have both start/end and the secondary-TLB callback (6.6 and later).</summary>
    public bool RefusesMixedClients => Version >= 606;

    /// <summary>Where the secondary TLB is invalidated at a site.</summary>
    public Placement this[CallSite site] => _placements[(int)site];

    /// <summary>The implemented profile of that name, or null.</summary>
    public static KernelProfile? Find(string name) => All.FirstOrDefault(profile => profile.Name == name);

    /// <summary>This kernel with another placement at one site: for experiments that must go wrong.</summary>
    public KernelProfile With(CallSite site, Placement placement)
    {
        var placements = (Placement[])_placements.Clone();
        placements[(int)site] = placement;
        return new KernelProfile($"{Name}+{site}={placement}", Version, placements);
    }

    private static Placement[] Table(params ReadOnlySpan<(CallSite Site, Placement Placement)> rows)
    {
        var table = new Placement[49];
        foreach (var (site, placement) in rows)
        {
            table[(int)site] = placement;
        }

        return table;
    }

    private static Placement[] Everywhere(Placement placement)
    {
        var table = new Placement[49];
        Array.Fill(table, placement);
        return table;
    }
}
