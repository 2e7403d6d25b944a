namespace HilBench.Notifiers;

/// <summary>
/// What one kernel version does: which callbacks exist, where the secondary TLB is invalidated at each call site, and
/// which events are told. Only profiles that are implemented are listed.
/// </summary>
public sealed record KernelProfile
{
    private readonly PlacementCode[] _codes;
    private readonly SiteExperiment[] _experiments;

    private KernelProfile(string name, int version, PlacementCode[] codes, SiteExperiment[]? experiments = null)
    {
        Name = name;
        Version = version;
        _codes = codes;
        _experiments = experiments ?? new SiteExperiment[codes.Length];
    }

    /// <summary>6.0 to 6.5: the golden traces of linux-6.1 pin it. The default.</summary>
    public static KernelProfile Linux61 { get; } = new("linux-6.1", 601, KernelPlacements.Column(7));

    /// <summary>6.6 and later: the secondary TLB is invalidated with the CPU TLB.</summary>
    public static KernelProfile Linux66 { get; } = new("linux-6.6", 606, KernelPlacements.Column(8,
        (CallSite.PagemapScan, "n/a"), (CallSite.UffdMove, "n/a"), (CallSite.HugeZeroWrite, "n/a")));

    /// <summary>The kernel of the golden traces of linux-6.12.</summary>
    public static KernelProfile Linux612 { get; } = new("linux-6.12", 612, KernelPlacements.Column(8,
        (CallSite.HugeZeroWrite, "n/a")));

    /// <summary>Every profile that is implemented, oldest first.</summary>
    public static IReadOnlyList<KernelProfile> All { get; } = [Linux61, Linux66, Linux612];

    /// <summary>The profile that is used when none is named.</summary>
    public static KernelProfile Default => Linux61;

    /// <summary>Such as <c>linux-6.1</c>.</summary>
    public string Name { get; private init; }

    /// <summary>Major version times 100 plus minor version.</summary>
    public int Version { get; }

    /// <summary>
    /// Whether the kernel invalidates the secondary TLB where the CPU TLB is flushed (6.6 and later).
    /// </summary>
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
    public Placement this[CallSite site] => _codes[(int)site].Placement;

    /// <summary>The implemented profile of that name, or null.</summary>
    public static KernelProfile? Find(string name) => All.FirstOrDefault(profile => profile.Name == name);

    /// <summary>The placement at a site as the notifier specification writes it.</summary>
    public PlacementCode CodeOf(CallSite site) => _codes[(int)site];

    /// <summary>What is different at a site from every kernel.</summary>
    public SiteExperiment ExperimentAt(CallSite site) => _experiments[(int)site];

    /// <summary>Whether the operation announces its range at a site by start and end.</summary>
    public bool TellsRange(CallSite site) => (this[site] & (Placement.Untold | Placement.ByPage)) == 0
        && !ExperimentAt(site).HasFlag(SiteExperiment.MissingStartEnd);

    /// <summary>This kernel with another placement at one site: for experiments that must go wrong.</summary>
    public KernelProfile With(CallSite site, Placement placement) => With(site, PlacementCode.Of(placement));

    /// <summary>
    /// This kernel with another placement at one site, and with its CPU flush where TF or TA have it.
    /// </summary>
    public KernelProfile With(CallSite site, PlacementCode code)
    {
        var codes = (PlacementCode[])_codes.Clone();
        var moves = code.ToString() == _codes[(int)site].ToString() ? SiteExperiment.None : code.Experiment;
        codes[(int)site] = code;
        return new KernelProfile($"{Name}+{site}={code}", Version, codes, Experiments(site, moves));
    }

    /// <summary>This kernel with something else done differently at one site.</summary>
    public KernelProfile With(CallSite site, SiteExperiment experiment) =>
        new($"{Name}+{site}={experiment}", Version, _codes, Experiments(site, experiment));

    private SiteExperiment[] Experiments(CallSite site, SiteExperiment added)
    {
        var experiments = (SiteExperiment[])_experiments.Clone();
        experiments[(int)site] |= added;
        return experiments;
    }
}
