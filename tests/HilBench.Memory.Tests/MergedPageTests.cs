using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>KSM: what is merged when, and that a merged page is found at all its addresses.</summary>
public sealed class MergedPageTests
{
    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void The_first_scan_only_notes_the_contents(string profile)
    {
        // cmp_and_merge_page: oldchecksum.
        var (bench, range) = Mergeable(profile);

        bench.Mm.KsmScan(passes: 1).RunToEnd();
        var first = bench.FramesOf(range);
        bench.Mm.KsmScan(passes: 1).RunToEnd();

        Assert.That(first, Is.Unique);
        Assert.That(bench.FramesOf(range).Distinct().Count(), Is.EqualTo(1));
    }

    [TestCase("linux-6.1", 1)]
    [TestCase("linux-6.12", 2)]
    public void A_new_page_is_compared_with_the_merged_ones_at_once_up_to_6_10(string profile, int passes)
    {
        // stable_tree_search before calc_checksum, or after it.
        var (bench, range) = Mergeable(profile);
        bench.Mm.KsmScan().RunToEnd();
        bench.Mm.Write(range.Start, new byte[] { 2 }).RunToEnd();
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Mm.Madvise(VirtualRange.OfSize(range.Start, 4096), Advice.DontNeed).RunToEnd();
        bench.Mm.KsmScan(passes: 1).RunToEnd();
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();

        var needed = 0;
        while (bench.FrameAt(range.Start) != bench.FrameAt(range.Start.Add(4096)))
        {
            needed++;
            bench.Mm.KsmScan(passes: 1).RunToEnd();
            Assert.That(needed, Is.LessThan(5));
        }

        Assert.That(needed, Is.EqualTo(passes));
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void A_merged_page_that_moves_is_unmapped_and_mapped_again_at_all_its_addresses(string profile)
    {
        // rmap_walk_ksm and folio_migrate_ksm: the address that was merged last comes first.
        var (bench, range) = Mergeable(profile);
        bench.Mm.KsmScan().RunToEnd();
        var old = bench.FrameAt(range.Start);
        bench.Register();

        bench.Mm.MovePages(VirtualRange.OfSize(range.Start, 4096), node: 1, movesShared: true).RunToEnd();

        Assert.That(bench.Calls.Count(call => call.StartsWith("start", StringComparison.Ordinal)), Is.EqualTo(3));
        Assert.That(bench.FramesOf(range).Distinct().Single(), Is.Not.EqualTo(old).And.Not.Zero);
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void What_was_merged_is_broken_before_it_moves_to_another_address(string profile)
    {
        // move_vma: ksm_madvise(MADV_UNMERGEABLE).
        var (bench, range) = Mergeable(profile);
        bench.Mm.KsmScan().RunToEnd();

        bench.Mm.Mremap(range, range.SizeBytes, range.End.Add(1 << 20)).RunToEnd();

        Assert.That(bench.FramesOf(VirtualRange.OfSize(range.End.Add(1 << 20), range.SizeBytes)), Is.Unique);
    }

    private static (DeviceBench Bench, VirtualRange Range) Mergeable(string profile)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(3);
        bench.Mm.Madvise(range, Advice.Mergeable).RunToEnd();
        return (bench, range);
    }
}
