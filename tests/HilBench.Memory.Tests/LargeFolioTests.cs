using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Large folios below 2 MiB: sixteen base entries, one folio, told page by page.</summary>
public sealed class LargeFolioTests
{
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(8)]
    public void A_store_maps_a_whole_aligned_folio(int order)
    {
        var bench = WithFolios(order, out var range);

        bench.Mm.Write(range.Start.Add((4096UL << order) + 0x1000), new byte[] { 1 }).RunToEnd();

        var first = range.Start.Add(4096UL << order);
        var frames = bench.FramesOf(VirtualRange.OfSize(first, 4096UL << order));
        Assert.That(frames, Is.EqualTo(Enumerable.Range(0, 1 << order).Select(i => frames[0] + (ulong)i)));
        Assert.That(bench.Kernel.Memory.OrderOf(PhysicalAddress.OfFrame(frames[0])), Is.EqualTo(order));
        Assert.That(bench.FrameAt(range.Start), Is.Zero);
    }

    [Test]
    public void Where_a_page_is_mapped_already_the_next_smaller_folio_that_fits_is_taken()
    {
        var bench = WithFolios(4, out var range);
        bench.Kernel.SetLargeFolios(4, LargeFolioUse.Never);
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Kernel.SetLargeFolios(4, LargeFolioUse.Always);
        bench.Kernel.SetLargeFolios(2, LargeFolioUse.Always);

        bench.Mm.Write(range.Start.Add(0x5000), new byte[] { 1 }).RunToEnd();

        Assert.That(bench.Kernel.Memory.OrderOf(PhysicalAddress.OfFrame(bench.FrameAt(range.Start.Add(0x5000)))),
            Is.EqualTo(2));
    }

    [Test]
    public void The_folio_lives_until_its_last_page_is_unmapped()
    {
        var bench = WithFolios(4, out var range);
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        var folio = PhysicalAddress.OfFrame(bench.FrameAt(range.Start));
        bench.Register();

        bench.Mm.Munmap(VirtualRange.OfSize(range.Start, 15 * 4096)).RunToEnd();
        Assert.That(bench.Kernel.Memory.RefCountOf(folio), Is.EqualTo(1));
        bench.Mm.Munmap(VirtualRange.OfSize(range.Start.Add(15 * 4096), 4096)).RunToEnd();

        Assert.That(bench.Kernel.Memory.FlagsOf(folio), Is.EqualTo(FrameFlags.Free));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void After_the_child_is_gone_6_12_still_copies_and_6_18_reuses()
    {
        foreach (var (profile, reuses) in new[] { ("linux-6.12", false), ("linux-6.18", true) })
        {
            var bench = WithFolios(4, out var range, profile);
            bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
            var frame = bench.FrameAt(range.Start);
            bench.Mm.Fork().RunToEnd().Child!.Exit().RunToEnd();

            bench.Mm.Write(range.Start, new byte[] { 2 }).RunToEnd();

            Assert.That(bench.FrameAt(range.Start) == frame, Is.EqualTo(reuses), profile);
        }
    }

    [Test]
    public void Splitting_gives_every_page_a_folio_of_its_own_and_keeps_the_contents()
    {
        var bench = WithFolios(4, out var range);
        bench.Mm.Write(range.Start.Add(0x3000), new byte[] { 3 }).RunToEnd();

        bench.Mm.SplitHuge(VirtualRange.OfSize(range.Start, 0x10000)).RunToEnd();

        Assert.That(bench.Kernel.Memory.OrderOf(PhysicalAddress.OfFrame(bench.FrameAt(range.Start.Add(0x3000)))), Is.Zero);
        Assert.That(bench.Mm.Read(range.Start.Add(0x3000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(3));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void Pageout_of_the_whole_folio_leaves_it_one_and_of_a_part_splits_it()
    {
        var bench = WithFolios(4, out var range);
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Mm.Write(range.Start.Add(0x10000), new byte[] { 2 }).RunToEnd();
        var whole = bench.FrameAt(range.Start);
        bench.Register();

        bench.Mm.Madvise(VirtualRange.OfSize(range.Start, 0x10000), Advice.PageOut).RunToEnd();
        bench.Mm.Madvise(VirtualRange.OfSize(range.Start.Add(0x10000), 0x4000), Advice.PageOut).RunToEnd();

        Assert.That(bench.Kernel.Memory.FlagsOf(PhysicalAddress.OfFrame(whole)) & FrameFlags.Free,
            Is.EqualTo(FrameFlags.Free));
        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x10000 Clear"));
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
        Assert.That(bench.Mm.Read(range.Start.Add(0x10000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(2));
        Assert.That(bench.Kernel.Memory.OrderOf(PhysicalAddress.OfFrame(bench.FrameAt(range.Start.Add(0x14000)))), Is.Zero);
    }

    [Test]
    public void Migration_moves_the_folio_as_a_whole()
    {
        var bench = WithFolios(4, out var range);
        bench.Mm.Write(range.Start.Add(0x5000), new byte[] { 5 }).RunToEnd();
        var before = bench.FrameAt(range.Start);

        bench.Mm.Migrate(VirtualRange.OfSize(range.Start, 4096)).RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.Not.EqualTo(before));
        Assert.That(bench.FrameAt(range.Start.Add(0x5000)), Is.EqualTo(bench.FrameAt(range.Start) + 5));
        Assert.That(bench.Mm.Read(range.Start.Add(0x5000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(5));
    }

    [Test]
    public void Kernels_before_6_6_know_base_pages_and_huge_pages_only()
    {
        var bench = WithFolios(4, out var range, "linux-6.1");

        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();

        Assert.That(bench.FrameAt(range.Start.Add(4096)), Is.Zero);
    }

    private static DeviceBench WithFolios(int order, out VirtualRange range, string profile = "linux-6.12")
    {
        var bench = new DeviceBench(profile);
        bench.Kernel.SetLargeFolios(order, LargeFolioUse.Always);
        range = bench.Map(pages: 512);
        return bench;
    }
}
