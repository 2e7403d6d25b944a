using HilBench.Notifiers;

namespace HilBench.Memory.Tests.Placements;

/// <summary>Every profile invalidates the secondary TLB at every call site where the specification says.</summary>
public sealed class PlacementMatrixTests
{
    private static IEnumerable<TestCaseData> Cells =>
        from profile in PlacementMatrix.Profiles
        from site in PlacementMatrix.Sites
        select new TestCaseData(profile, site);

    private static IEnumerable<TestCaseData> ReachedCells =>
        from profile in PlacementMatrix.Profiles
        from site in SiteDrives.Sites
        where PlacementMatrix.Code(profile, site) != "n/a"
        select new TestCaseData(profile, site);

    [TestCaseSource(nameof(Cells))]
    public void A_profile_has_the_code_of_the_specification(string profile, CallSite site) => Assert.That(
        KernelProfile.Find(profile)!.CodeOf(site).ToString(), Is.EqualTo(PlacementMatrix.Code(profile, site)));

    [TestCaseSource(nameof(ReachedCells))]
    public void An_operation_invalidates_the_secondary_TLB_where_the_specification_says(string profile, CallSite site) =>
        Assert.That(Observe(KernelProfile.Find(profile)!, site),
            Is.AnyOf(Expected(PlacementMatrix.Code(profile, site), site)));

    /// <remarks>
    /// At exit nobody is left to be told, whatever the placement: the code of row 2 is tested by the table alone.
    /// </remarks>
    [TestCaseSource(nameof(ReachedCells))]
    public void Another_placement_at_the_site_is_seen(string profile, CallSite site)
    {
        if (site == CallSite.ExitMmap)
        {
            Assert.Ignore("release has removed every client before exit unmaps anything");
        }

        var kernel = KernelProfile.Find(profile)!;
        var code = PlacementMatrix.Code(profile, site);
        string[] others = kernel.TellsRange(site) ? ["E", "X", "-"] : ["L"];

        foreach (var other in others.Where(other => other != code.TrimEnd('!')))
        {
            Assert.That(Observe(kernel.With(site, PlacementCode.Parse(other)), site),
                Is.Not.AnyOf(Expected(code, site)), other);
        }
    }

    [Test]
    public void Every_profile_stands_in_the_matrix() =>
        Assert.That(KernelProfile.All.Select(profile => profile.Name), Is.EqualTo(PlacementMatrix.Profiles));

    [Test]
    public void Every_site_of_the_matrix_is_reached_by_an_operation()
    {
        Assert.That(PlacementMatrix.Sites.Append(CallSite.None), Is.EquivalentTo(Enum.GetValues<CallSite>()));
        Assert.That(SiteDrives.Sites, Is.EquivalentTo(PlacementMatrix.Sites));
    }

    [Test]
    public void The_sites_marked_unsafe_are_those_of_the_specification_and_have_a_reason([ValueSource(
        typeof(PlacementMatrix), nameof(PlacementMatrix.Profiles))] string profile)
    {
        var kernel = KernelProfile.Find(profile)!;

        Assert.That(kernel.KnownUnsafeSites.Select(known => known.Site), Is.EquivalentTo(
            PlacementMatrix.Sites.Where(site => PlacementMatrix.Code(profile, site).EndsWith('!'))));
        Assert.That(kernel.KnownUnsafeSites.Select(known => known.Reason), Is.All.Not.Empty);
        Assert.That(kernel.KnownUnsafeSites.Select(known => kernel.KnownUnsafe(known.Site)), Is.All.Not.Null);
    }

    private static string Observe(KernelProfile profile, CallSite site)
    {
        var drive = SiteDrives.Prepare(profile, site);
        return PlacementObserver.Observe(drive.Operation, site, drive.Address.Value, drive.Level);
    }

    /// <summary>What is to be seen for a code; a site with a gather may flush before end, after it, or both.</summary>
    private static string[] Expected(string code, CallSite site) => (code.TrimEnd('!'), site) switch
    {
        // A dirty page of a shared mapping makes the gather flush before range_end; the tables follow after it.
        ("G+E", CallSite.Munmap) => ["G E G'"],
        ("TG", CallSite.Munmap) => ["G X G'"],
        ("G+E", CallSite.HugetlbUnmap) => ["E G'"],

        // The reaper ends the range before it finishes the gather; so few pages force no flush before.
        ("G+E", CallSite.OomReaper) => ["E G'"],

        // The reverse map drops the table inside the range of the unmap (row 25), which has its own end.
        ("L+E" or "TL", CallSite.PmdUnshare) => ["L"],

        // Not only after the reference was dropped: the page-table lock is gone too.
        ("P", CallSite.DaxMkClean) => ["P'"],

        // The golden traces of 6.12 show the gather's flush of mprotect once more after it.
        ("TF", CallSite.HugetlbMprotect) => ["F X G'"],

        // From 6.6 on the unmap of hugetlb announces no range of its own.
        ("TG", CallSite.HugetlbUnmap) => ["G"],

        ("TG", CallSite.MadviseCold) => ["G"],
        // Under the page-table lock: each page, or all pages of the table at once when they are replaced.
        ("TL", CallSite.MigrateVmaCollect) => ["L X", "L L2 X", "L2 X"],
        ("TL", CallSite.UffdMove) => ["L X", "L2 X"],

        // Row 45 says before end; the scan flushes before it drops the page-table lock.
        ("TF", CallSite.PagemapScan) => ["F X", "L2 X"],

        ("G+E", _) => ["G E"],
        ("E+G", _) => ["E G'"],
        ("L+E", _) => ["L E"],
        ("L2+E", _) => ["L2 E"],
        ("L+X", _) => ["L X"],
        ("F+E", _) => ["F E"],
        ("TL", _) => ["L X"],
        ("TG", _) => ["X G'"],
        ("TA", _) => ["X G'", "X F'"],
        ("TF", _) => ["F X"],
        ("R", _) => ["release"],
        ("-", _) => [string.Empty],
        var (same, _) => [same],
    };
}
