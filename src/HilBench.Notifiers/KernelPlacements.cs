namespace HilBench.Notifiers;

/// <summary>
/// Table 2.6 of the notifier specification: one code for each call site and group of kernels.
/// </summary>
/// <remarks>
/// Columns: 4.12, 4.13, 4.15, 4.19, 5.0 (4.20 to 5.1), 5.2 to 5.11, 5.12 to 5.19, 6.0 to 6.5, 6.6 and later. Where the
/// specification's cell says "from" or "to" a version inside the group, the group has the site. The OOM reaper of 4.15 to
/// 4.18 works so only where no notifier blocks: see <see cref="KernelProfile.OomReaper"/>.
/// </remarks>
internal static class KernelPlacements
{
    public const int SitesMax = 49;

    private const string Table = """
        Munmap            G+E    G+E    G+E    G+E    G+E    G+E    G+E    G+E    TG
        ExitMmap          R      R      R      R      R      R      R      R      R
        ZapRange          E+G    E+G    E+G    E+G    E+G    E+G    E+G    E+G    TG
        MadviseFree       E+G    E+G    E+G    E+G    E+G    E+G    E+G    E+G    TG
        MadviseCold       -      -      -      -      -      G      G      G      TG
        Mprotect          E      E      E      E      E      E      E      E+G    TA
        NumaThpFault      -!     -!     -!     -!     L      L      L      n/a    n/a
        MisplacedThp      L+E!   L+E!   E      L+X!   n/a    n/a    n/a    n/a    n/a
        Mremap            E!     E!     E!     E!     E!     E!     E!     E!     TL
        MremapHugetlb     n/a    n/a    n/a    n/a    n/a    n/a    E      G+E    TF
        Fork              E      E      E      E      E      E      E      E      TA
        ForkHugetlb       L2+E   L2+E   E      E      E      E      E      E      TA
        Cow               L+E    L+E    L+X    L+X    L+X    L+X    L+X    L+X    TL
        ZeroPageWrite     L+E    L+E    L+X    L+X    L+X    L+X    L+X    L+X    TL
        WriteReuse        -      -      -      -      -      -      -      -      -
        FaultIn           -      -      -      -      -      -      -      -      -
        HugeCow           L+E    L+E    L+X    L+X    L+X    L+X    n/a    n/a    n/a
        HugeCowFallback   L+E    L+E    L+X    L+X    L+X    L+X    n/a    n/a    n/a
        ThpSplit          E      E      X      X      X      X      X      X      TL
        HugeZeroSplit     L+E    L+E    X      X      X      X      X      X      TL
        FileThpSplit      L+E    L+E    L+X    L+X    L+X    L+X    L+X    L+X    TL
        ReclaimAnon       P!     L2+E   L+E    L+E    L+E    L+E    L+E    L+E    TL
        ReclaimFile       P!     L2+E   E      E      E      E      E      E      TL
        Hwpoison          P!     L2+E   E      E      E      E      E      E      TL
        MigrateUnmap      P!     L2+E   E      E      E      E      E      E      TL
        MigrateRestore    -      -      -      -      -      -      -      -      -
        MkClean           P!     L2+E   E      E      E      E      E      E      TL
        DaxMkClean        P!     L2+E   E      E      E      E      E      E      TL
        CollapseAnon      E      E      E      E      E      E      E      E      TL
        CollapseFile      -!     -!     -!     -!     -!     -!     -!     E      TL
        KsmWriteProtect   L+E    L+E    E      E      E      E      E      E      TL
        KsmReplace        L+E    L+E    E      E      E      E      E      E      TL
        SoftDirty         E      E      E      E      E      E      E      E      TA
        OomReaper         G!     G!     G+E    G+E    G+E    G+E    G+E    G+E    TG
        Uprobes           L+E    L+E    L+E    L+E    L+E    L+E    L+E    L+E    TL
        HugetlbCow        L+E    L+E    L+E    L+E    L+E    L+E    L+E    L+E    TL
        HugetlbUnmap      G+E    G+E    G+E    G+E    G+E    G+E    G+E    G+E    TG
        PmdUnshare        n/a    n/a    L+E    L+E    L+E    L+E    L+E    L+E    TL
        HugetlbMprotect   F+E    F+E    F+E    E      E      E      E      G+E    TF
        MigrateVmaCollect n/a    E      E      E      E      E      E      E      TL
        MigrateVmaInsert  n/a    L+E    L+X    L+X    L+X    L+X    L+X    L+X    TL
        ExclusiveCreate   n/a    n/a    n/a    n/a    n/a    n/a    E      E      TL
        ExclusiveRevoke   n/a    n/a    n/a    n/a    n/a    n/a    E      E      X
        SharedWriteProtect n/a   n/a    n/a    n/a    n/a    E      E      E      TF
        PagemapScan       n/a    n/a    n/a    n/a    n/a    n/a    n/a    n/a    TF
        UffdMove          n/a    n/a    n/a    n/a    n/a    n/a    n/a    n/a    TL
        HugeZeroWrite     n/a    n/a    n/a    n/a    n/a    n/a    n/a    n/a    TL
        Aging             young  young  young  young  young  young  young  young  young
        """;

    private static readonly Dictionary<CallSite, PlacementCode[]> _rows = Read();

    /// <summary>The codes of one column, by site; <paramref name="changes"/> are cells that differ.</summary>
    public static PlacementCode[] Column(int column, params ReadOnlySpan<(CallSite Site, string Code)> changes)
    {
        var codes = new PlacementCode[SitesMax];
        foreach (var (site, row) in _rows)
        {
            codes[(int)site] = row[column];
        }

        foreach (var (site, code) in changes)
        {
            codes[(int)site] = PlacementCode.Parse(code);
        }

        return codes;
    }

    private static Dictionary<CallSite, PlacementCode[]> Read()
    {
        var rows = new Dictionary<CallSite, PlacementCode[]>();
        foreach (var line in Table.Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            rows.Add(Enum.Parse<CallSite>(words[0]), [.. words[1..].Select(PlacementCode.Parse)]);
        }

        return rows;
    }
}
