using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>userfaultfd: moving pages, and write protection that does not stop the writer.</summary>
public sealed class UserFaultTests
{
    [Test]
    public void A_moved_page_is_the_same_frame_at_the_new_address_and_gone_at_the_old_one()
    {
        var bench = new DeviceBench("linux-6.12");
        var (source, target) = Two(bench, pages: 4);
        var frame = bench.FrameAt(source.Start);

        var op = bench.Mm.UffdMove(source, target.Start).RunToEnd();

        Assert.That((op.Errno, op.DoneBytes), Is.EqualTo((0, 4UL * 4096)));
        Assert.That(bench.FrameAt(target.Start), Is.EqualTo(frame));
        Assert.That(bench.EntryAt(source.Start).IsNone, Is.True);
    }

    [Test]
    public void A_device_is_told_of_the_old_address_before_the_page_appears_at_the_new_one()
    {
        var bench = new DeviceBench("linux-6.12");
        var (source, target) = Two(bench, pages: 1);
        bench.Register();
        var op = bench.Mm.UffdMove(source, target.Start);

        while (op.Steps.MoveNext())
        {
            var isAtNew = bench.FrameAt(target.Start) != 0;
            Assert.That(!isAtNew || bench.Calls.Contains("inv 0x0 0x1000"), Is.True, op.Steps.Current.Site);
        }

        Assert.That(bench.Calls, Is.EqualTo(
            new[] { "start 0x0 0x1000 Clear", "inv 0x0 0x1000", "end 0x0 0x1000" }));
    }

    [Test]
    public void An_aligned_huge_page_moves_as_a_whole_under_one_range()
    {
        var bench = new DeviceBench("linux-6.12");
        var source = bench.MapHuge();
        var target = bench.MapHuge();
        bench.Mm.Write(source.Start, new byte[] { 7 }).RunToEnd();
        bench.Mm.UffdRegister(target, VmaFlags.UffdMissing).RunToEnd();
        var frame = bench.FrameAt(source.Start);
        bench.Register();

        bench.Mm.UffdMove(source, target.Start).RunToEnd();

        Assert.That(bench.Calls, Is.EqualTo(
            new[] { "start 0x0 0x200000 Clear", "inv min max", "end 0x0 0x200000" })
            .Or.EqualTo(new[] { "start 0x0 0x200000 Clear", "inv 0x0 0x200000", "end 0x0 0x200000" }));
        Assert.That(bench.Mm.Tables.TryWalk(target.Start, out var walk), Is.True);
        Assert.That((walk.SizeShift, walk.Page.Frame), Is.EqualTo((21, frame)));
        bench.Mm.Munmap(target).RunToEnd();
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void A_part_of_a_huge_page_moves_after_mapping_and_page_were_split()
    {
        var bench = new DeviceBench("linux-6.12");
        var source = bench.MapHuge();
        var target = bench.Map(4);
        bench.Mm.Write(source.Start.Add(0x3000), new byte[] { 7 }).RunToEnd();
        bench.Mm.UffdRegister(target, VmaFlags.UffdMissing).RunToEnd();
        bench.Register();

        var op = bench.Mm.UffdMove(VirtualRange.OfSize(source.Start.Add(0x3000), 4096), target.Start).RunToEnd();

        Assert.That(op.Errno, Is.Zero);
        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x200000 Clear"));
        Assert.That(bench.Calls, Has.Member("start 0x3000 0x4000 Clear"));
        Assert.That(bench.Mm.Read(target.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(7));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void A_page_that_a_child_shares_does_not_move()
    {
        var bench = new DeviceBench("linux-6.12");
        var (source, target) = Two(bench, pages: 2);
        bench.Mm.Fork().RunToEnd();

        var op = bench.Mm.UffdMove(source, target.Start).RunToEnd();

        Assert.That((op.Errno, op.DoneBytes), Is.EqualTo((-16, 0UL)));
    }

    [Test]
    public void A_move_over_a_hole_ends_there_unless_holes_are_allowed()
    {
        var bench = new DeviceBench("linux-6.12");
        var (source, target) = Two(bench, pages: 3);
        bench.Mm.MadviseDontneed(VirtualRange.OfSize(source.Start.Add(4096), 4096)).RunToEnd();

        var strict = bench.Mm.UffdMove(source, target.Start).RunToEnd();
        var rest = new VirtualRange(source.Start.Add(4096), source.End);
        var lenient = bench.Mm.UffdMove(rest, target.Start.Add(4096), allowsHoles: true).RunToEnd();

        Assert.That((strict.Errno, strict.DoneBytes), Is.EqualTo((-11, 4096UL)));
        Assert.That((lenient.Errno, lenient.DoneBytes), Is.EqualTo((0, 8192UL)));
    }

    [Test]
    public void A_destination_that_holds_a_page_refuses_the_move()
    {
        var bench = new DeviceBench("linux-6.12");
        var (source, target) = Two(bench, pages: 1);
        bench.Mm.UffdCopy(target, new byte[4096]).RunToEnd();

        Assert.That(bench.Mm.UffdMove(source, target.Start).RunToEnd().Errno, Is.EqualTo(-17));
    }

    [Test]
    public void A_scan_finds_what_was_written_since_the_last_one_and_the_writer_never_stops()
    {
        var bench = new DeviceBench("linux-6.12");
        var range = bench.MapWritten(pages: 8);
        bench.Mm.UffdRegister(range, VmaFlags.UffdWriteProtect | VmaFlags.UffdAsync).RunToEnd();

        var first = bench.Mm.PagemapScan(range).RunToEnd();
        var store = bench.Mm.Write(range.Start.Add(0x3000), new byte[] { 9 }).RunToEnd();
        var second = bench.Mm.PagemapScan(range).RunToEnd();

        Assert.That(first.WrittenPages, Has.Count.EqualTo(8));
        Assert.That(store.Signal, Is.EqualTo(Signal.None));
        Assert.That(second.WrittenPages, Is.EqualTo(new[] { range.Start.Add(0x3000) }));
    }

    [Test]
    public void The_flush_of_a_scan_comes_before_its_end_from_the_first_written_page_on()
    {
        var bench = new DeviceBench("linux-6.12");
        var range = bench.MapWritten(pages: 8);
        bench.Mm.UffdRegister(range, VmaFlags.UffdWriteProtect | VmaFlags.UffdAsync).RunToEnd();
        bench.Mm.PagemapScan(range).RunToEnd();
        bench.Mm.Write(range.Start.Add(0x5000), new byte[] { 9 }).RunToEnd();
        bench.Register();

        bench.Mm.PagemapScan(range).RunToEnd();

        Assert.That(bench.Calls, Is.EqualTo(
            new[] { "start 0x0 0x8000 ProtectionVma", "inv 0x5000 0x8000", "end 0x0 0x8000" }));
    }

    [Test]
    public void An_empty_page_that_a_scan_protected_is_found_only_once_it_was_written()
    {
        var bench = new DeviceBench("linux-6.12");
        var range = bench.Map(pages: 4);
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Mm.UffdRegister(range, VmaFlags.UffdWriteProtect | VmaFlags.UffdAsync).RunToEnd();
        bench.Mm.PagemapScan(range).RunToEnd();

        bench.Mm.Read(range.Start.Add(0x1000), 1).RunToEnd();
        bench.Mm.Write(range.Start.Add(0x2000), new byte[] { 1 }).RunToEnd();
        var scan = bench.Mm.PagemapScan(range).RunToEnd();

        Assert.That(scan.WrittenPages, Is.EqualTo(new[] { range.Start.Add(0x2000) }));
    }

    [Test]
    public void A_store_to_a_protected_huge_page_splits_it_and_frees_one_part_of_the_protection()
    {
        var bench = new DeviceBench("linux-6.12");
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Mm.UffdRegister(range, VmaFlags.UffdWriteProtect | VmaFlags.UffdAsync).RunToEnd();
        bench.Mm.PagemapScan(range).RunToEnd();

        bench.Mm.Write(range.Start.Add(0x7000), new byte[] { 2 }).RunToEnd();

        Assert.That(bench.EntryAt(range.Start.Add(0x7000)).IsWritable, Is.True);
        Assert.That(bench.EntryAt(range.Start.Add(0x8000)).IsWritable, Is.False);
        Assert.That(bench.Mm.PagemapScan(range).RunToEnd().WrittenPages, Has.Count.EqualTo(1));
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void A_fill_of_a_shared_mapping_puts_the_page_into_the_file(string profile)
    {
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("shm", 4 * 4096);
        var range = bench.Map(4, file: file, flags: MapFlags.Shared);
        var second = bench.Map(4, file: file, flags: MapFlags.Shared);
        bench.Mm.UffdRegister(range, VmaFlags.UffdMissing).RunToEnd();
        var page = new byte[4096];
        page[0] = 5;

        bench.Mm.UffdCopy(VirtualRange.OfSize(range.Start, 4096), page).RunToEnd();

        Assert.That(bench.Mm.Read(second.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(5));
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void A_fill_that_meets_a_page_tells_how_far_it_came(string profile)
    {
        var bench = new DeviceBench(profile);
        var range = bench.Map(4);
        bench.Mm.Write(range.Start.Add(0x2000), new byte[] { 1 }).RunToEnd();
        bench.Mm.UffdRegister(range, VmaFlags.UffdMissing).RunToEnd();

        var op = bench.Mm.UffdCopy(range, new byte[4096]).RunToEnd();

        Assert.That((op.Errno, op.DoneBytes), Is.EqualTo((-11, 8192UL)));
    }

    private static (VirtualRange Source, VirtualRange Target) Two(DeviceBench bench, int pages)
    {
        var source = bench.MapWritten(pages);
        var target = bench.Map(pages);
        bench.Mm.UffdRegister(target, VmaFlags.UffdMissing).RunToEnd();
        return (source, target);
    }
}
