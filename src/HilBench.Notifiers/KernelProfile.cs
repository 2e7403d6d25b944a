namespace HilBench.Notifiers;

/// <summary>
/// What one group of kernel versions does: which callbacks exist, where the secondary TLB is invalidated at each call
/// site, and which events are told (notifier specification, 1.1 and 2.6).
/// </summary>
/// <remarks>
/// A profile has everything that some version of its group has: linux-5.5 tells the MIGRATE event of 5.9, linux-5.13
/// has the device-exclusive sites of 5.14. <see cref="Covers"/> and <see cref="About"/> say so.
/// </remarks>
public sealed record KernelProfile
{
    private readonly PlacementCode[] _codes;
    private readonly SiteExperiment[] _experiments;

    private KernelProfile(
        string name, int version, string covers, string about, PlacementCode[] codes,
        SiteExperiment[]? experiments = null)
    {
        Name = name;
        Version = version;
        Covers = covers;
        About = about;
        _codes = codes;
        _experiments = experiments ?? new SiteExperiment[codes.Length];
        OomReaper = version switch
        {
            < 415 => OomReaperPolicy.WithoutNotifiers,
            < 419 => OomReaperPolicy.SkipsMmWithBlockingNotifiers,
            _ => OomReaperPolicy.NonBlockable,
        };
    }

    /// <summary>4.11 and 4.12: invalidate_page still exists.</summary>
    public static KernelProfile Linux412 { get; } = new(
        "linux-4.12", 412, "4.11 - 4.12",
        "invalidate_page instead of start/end wherever the reverse map unmaps; range_end always reaches secondary TLBs",
        KernelPlacements.Column(0));

    /// <summary>4.13 and 4.14: invalidate_page is gone.</summary>
    public static KernelProfile Linux413 { get; } = new(
        "linux-4.13", 413, "4.13 - 4.14",
        "start/end everywhere; secondary TLBs a second time under the page-table lock, there often after the new entry",
        KernelPlacements.Column(1));

    /// <summary>4.15 to 4.18: no double notification.</summary>
    public static KernelProfile Linux415 { get; } = new(
        "linux-4.15", 415, "4.15 - 4.18",
        "only_end: no invalidation at range_end where it was done under the lock; the OOM reaper skips an mm with a notifier "
        + "that may block (the flag 'does not block' is of 4.16; 4.15 itself skips every mm with notifiers)",
        KernelPlacements.Column(2));

    /// <summary>4.19 and 4.20: ranges that must not block.</summary>
    public static KernelProfile Linux419 { get; } = new(
        "linux-4.19", 419, "4.19 - 4.20",
        "start may fail in the OOM reaper; after a failure nobody gets its end", KernelPlacements.Column(3));

    /// <summary>5.0 and 5.1: the range is a structure.</summary>
    public static KernelProfile Linux50 { get; } = new(
        "linux-5.0", 500, "5.0 - 5.1", "no event is told: every range must be taken for UNMAP",
        KernelPlacements.Column(4));

    /// <summary>5.2 and 5.3: events.</summary>
    public static KernelProfile Linux52 { get; } = new(
        "linux-5.2", 502, "5.2 - 5.3", "events UNMAP to SOFT_DIRTY and the VMA are told",
        KernelPlacements.Column(5, (CallSite.MadviseCold, "-"), (CallSite.SharedWriteProtect, "n/a")));

    /// <summary>5.4: get, put and synchronize.</summary>
    public static KernelProfile Linux54 { get; } = new(
        "linux-5.4", 504, "5.4", "notifiers with a reference count (get, put), freed after SRCU; lockdep and might_sleep aids",
        KernelPlacements.Column(5, (CallSite.SharedWriteProtect, "n/a")));

    /// <summary>5.5 to 5.11: interval notifiers.</summary>
    public static KernelProfile Linux55 { get; } = new(
        "linux-5.5", 505, "5.5 - 5.11",
        "interval notifiers with collision-retry; RELEASE event; MIGRATE with owner (5.9); copies of huge pages (to 5.7)",
        KernelPlacements.Column(5));

    /// <summary>5.12 to 5.19: end for all after a failing start.</summary>
    public static KernelProfile Linux513 { get; } = new(
        "linux-5.13", 513, "5.12 - 5.19",
        "a failing start is followed by end for all; EXCLUSIVE (5.14); mremap of hugetlb (5.16); NUMA fault on a THP (to 5.14)",
        KernelPlacements.Column(6));

    /// <summary>6.0 to 6.5: the golden traces of linux-6.1 pin it. The default.</summary>
    public static KernelProfile Linux61 { get; } = new(
        "linux-6.1", 601, "6.0 - 6.5", "mprotect through the gather: a second invalidation after range_end",
        KernelPlacements.Column(7));

    /// <summary>6.6 and later: the secondary TLB is invalidated with the CPU TLB.</summary>
    public static KernelProfile Linux66 { get; } = new(
        "linux-6.6", 606, "6.6 - 6.11",
        "secondary TLBs exactly where the CPU TLB is flushed, never at range_end; no client with both kinds of callback",
        KernelPlacements.Column(8, (CallSite.PagemapScan, "n/a"), (CallSite.UffdMove, "n/a"),
            (CallSite.HugeZeroWrite, "n/a")));

    /// <summary>The kernel of the golden traces of linux-6.12.</summary>
    public static KernelProfile Linux612 { get; } = new(
        "linux-6.12", 612, "6.12 - 6.17", "as 6.6, without change_pte; mprotect announces by PUD",
        KernelPlacements.Column(8, (CallSite.HugeZeroWrite, "n/a")));

    /// <summary>The newest kernel of the notifier specification.</summary>
    public static KernelProfile Linux618 { get; } = new(
        "linux-6.18", 618, "6.18 and later",
        "as 6.12; one page at a time for device-exclusive access; a write fault on the huge zero page maps a THP",
        KernelPlacements.Column(8));

    /// <summary>Every profile, oldest first.</summary>
    public static IReadOnlyList<KernelProfile> All { get; } =
    [
        Linux412, Linux413, Linux415, Linux419, Linux50, Linux52, Linux54, Linux55, Linux513, Linux61, Linux66,
        Linux612, Linux618,
    ];

    /// <summary>The profile that is used when none is named.</summary>
    public static KernelProfile Default => Linux61;

    /// <summary>Such as <c>linux-6.1</c>.</summary>
    public string Name { get; private init; }

    /// <summary>Major version times 100 plus minor version.</summary>
    public int Version { get; }

    /// <summary>The versions that the profile stands for.</summary>
    public string Covers { get; }

    /// <summary>What makes it a profile of its own, in one sentence.</summary>
    public string About { get; }

    /// <summary>
    /// Whether the kernel invalidates the secondary TLB where the CPU TLB is flushed (6.6 and later).
    /// </summary>
    public bool CpuFlushInvalidatesSecondaryTlb => Version >= 606;

    /// <summary>Name of the secondary-TLB callback in this kernel.</summary>
    public string SecondaryTlbCallback =>
        Version >= 606 ? "arch_invalidate_secondary_tlbs" : Version < 413 ? "invalidate_range, invalidate_page" : "invalidate_range";

    /// <summary>Whether <c>invalidate_page</c> exists (up to 4.12).</summary>
    public bool HasInvalidatePage => Version < 413;

    /// <summary>Whether <c>change_pte</c> exists (up to 6.9).</summary>
    public bool HasChangePte => Version < 610;

    /// <summary>Whether a range can be non-blockable, and a start can fail (4.19 and later).</summary>
    public bool HasNonBlockableRanges => Version >= 419;

    /// <summary>Whether a notifier can say that it does not block (4.16 to 4.19).</summary>
    public bool HasDoesNotBlockFlag => Version is >= 415 and <= 419;

    /// <summary>Whether events are told (5.2 and later); before, every range counts as UNMAP.</summary>
    public bool TellsEvents => Version >= 502;

    /// <summary>Whether ranges carry the owner of a migration (5.9 and later).</summary>
    public bool TellsOwner => Version >= 505;

    /// <summary>Whether ranges carry the VMA (5.2 to 6.2).</summary>
    public bool TellsVma => Version is >= 502 and < 603;

    /// <summary>Whether notifiers can be got and put by reference (5.4 and later).</summary>
    public bool HasReferences => Version >= 504;

    /// <summary>Whether a notifier can be unregistered without release (up to 5.3).</summary>
    public bool HasUnregisterNoRelease => Version < 504;

    /// <summary>Whether interval notifiers exist (5.5 and later).</summary>
    public bool HasIntervals => Version >= 505;

    /// <summary>What happens when a client refuses a start.</summary>
    public FailingStartRule FailingStart =>
        Version >= 512 ? FailingStartRule.EndForAll
        : Version >= 419 ? FailingStartRule.NobodyGetsEnd : FailingStartRule.CannotFail;

    /// <summary>How the OOM reaper treats an mm with notifiers.</summary>
    public OomReaperPolicy OomReaper { get; private init; }

    /// <summary>Whether a client may not have both start/end and the secondary-TLB callback (6.6 and later).</summary>
    public bool RefusesMixedClients => Version >= 606;

    /// <summary>Sites of which it is known that real kernels of this profile were unsafe there, with the reason.</summary>
    public IReadOnlyList<(CallSite Site, string Reason)> KnownUnsafeSites =>
        [.. from site in Enum.GetValues<CallSite>() where _codes[(int)site].IsUnsafe
            select (site, KnownUnsafe(site)!)];

    /// <summary>Known defects of the kernel that belong to no one call site.</summary>
    public IReadOnlyList<string> KnownDefects =>
    [
        .. FailingStart == FailingStartRule.NobodyGetsEnd
            ? ["a client that counts starts stays unbalanced when another client refuses a start: nobody gets its end"]
            : Array.Empty<string>(),
        .. HasIntervals
            ? ["an interval collision stays active for ever when a list notifier refuses a start that the intervals accepted"]
            : Array.Empty<string>(),
    ];

    /// <summary>Whether the mistake that <see cref="AsKernel"/> describes is reproduced.</summary>
    public bool KeepsIntervalImbalance { get; private init; }

    /// <summary>Where the secondary TLB is invalidated at a site.</summary>
    public Placement this[CallSite site] => _codes[(int)site].Placement;

    /// <summary>The profile of that name, or null.</summary>
    public static KernelProfile? Find(string name) => All.FirstOrDefault(profile => profile.Name == name);

    /// <summary>The placement at a site as the notifier specification writes it.</summary>
    public PlacementCode CodeOf(CallSite site) => _codes[(int)site];

    /// <summary>Why real kernels of this profile were unsafe at a site; null when they were not.</summary>
    public string? KnownUnsafe(CallSite site) =>
        _codes[(int)site].IsUnsafe ? UnsafeSites.ReasonOf(site, this[site]) : null;

    /// <summary>Whether the site exists in this kernel.</summary>
    public bool Has(CallSite site) => _codes[(int)site].Exists;

    /// <summary>What is different at a site from every kernel.</summary>
    public SiteExperiment ExperimentAt(CallSite site) => _experiments[(int)site];

    /// <summary>Whether the operation announces its range at a site by start and end.</summary>
    public bool TellsRange(CallSite site) => (this[site] & (Placement.Untold | Placement.ByPage)) == 0
        && !ExperimentAt(site).HasFlag(SiteExperiment.MissingStartEnd);

    /// <summary>What clients are told of an event: this kernel's word for it.</summary>
    public NotifierEvent Tell(NotifierEvent reason) => reason switch
    {
        _ when !TellsEvents => NotifierEvent.Unmap,
        NotifierEvent.Migrate when !TellsOwner => NotifierEvent.Clear,
        NotifierEvent.Exclusive when Version < 513 => NotifierEvent.Clear,
        _ => reason,
    };

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
        return new($"{Name}+{site}={code}", Version, Covers, About, codes, Experiments(site, moves))
        {
            OomReaper = OomReaper,
            KeepsIntervalImbalance = KeepsIntervalImbalance,
        };
    }

    /// <summary>This kernel with something else done differently at one site.</summary>
    public KernelProfile With(CallSite site, SiteExperiment experiment) =>
        new($"{Name}+{site}={experiment}", Version, Covers, About, _codes, Experiments(site, experiment))
        {
            OomReaper = OomReaper,
            KeepsIntervalImbalance = KeepsIntervalImbalance,
        };

    /// <summary>This kernel with another OOM reaper, such as that of another version of its group.</summary>
    public KernelProfile With(OomReaperPolicy reaper) => this with { Name = $"{Name}+{reaper}", OomReaper = reaper };

    /// <summary>
    /// This kernel with the mistake that all from 5.5 to 6.18 have (notifier specification, 1.3): an interval collision
    /// stays active for ever when a list notifier refuses a start that the intervals accepted. Without this it is corrected.
    /// </summary>
    public KernelProfile AsKernel() => this with { KeepsIntervalImbalance = true };

    /// <summary>Its name.</summary>
    public override string ToString() => Name;

    private SiteExperiment[] Experiments(CallSite site, SiteExperiment added)
    {
        var experiments = (SiteExperiment[])_experiments.Clone();
        experiments[(int)site] |= added;
        return experiments;
    }
}
