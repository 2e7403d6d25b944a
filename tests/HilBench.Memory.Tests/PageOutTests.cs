using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>madvise PAGEOUT, FREE and COLLAPSE: which pages they take, and whom they tell.</summary>
public sealed class PageOutTests
{
    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void No_further_mapping_is_visited_when_nobody_maps_the_page_any_more(string profile)
    {
        // try_to_unmap: rwc.done is page_not_mapped.
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("f", 4 << 12);
        var range = bench.Map(4, file: file, flags: MapFlags.Shared);
        bench.Map(4, file: file, flags: MapFlags.Shared);
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Register();

        bench.Mm.Madvise(range, Advice.PageOut).RunToEnd();

        Assert.That(bench.Calls.Where(call => call.StartsWith("start", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "start 0x0 0x1000 Clear" }));
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void A_page_without_access_goes_to_swap_like_any_other(string profile)
    {
        // madvise_cold_or_pageout_pte_range: pte_present is true for PROT_NONE.
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(1);
        bench.Mm.Mprotect(range, Protection.None).RunToEnd();

        bench.Mm.Madvise(range, Advice.PageOut).RunToEnd();

        Assert.That(bench.EntryAt(range.Start).IsSwap, Is.True);
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void A_huge_page_of_shared_memory_comes_back_from_swap_as_base_pages(string profile)
    {
        // shrink_folio_list: split_folio_to_list before it is written.
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("f", HugePages.Size, givesHugePages: true);
        var range = bench.Map(512, file: file, flags: MapFlags.Shared);
        bench.Mm.Madvise(range, Advice.HugePage).RunToEnd();
        bench.Mm.Write(range.Start, new byte[] { 7 }).RunToEnd();
        bench.Mm.Madvise(range, Advice.PageOut).RunToEnd();

        var read = bench.Mm.Read(range.Start, 1).RunToEnd();

        Assert.That(read.Bytes.Span[0], Is.EqualTo(7));
        Assert.That(bench.Kernel.Memory.OrderOf(PhysicalAddress.OfFrame(bench.FrameAt(range.Start))), Is.Zero);
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void A_page_that_madvise_free_left_on_the_CPU_is_copied_by_the_next_store(string profile)
    {
        // do_wp_page: the reference of the lru_lazyfree batch keeps the page from being reused.
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(1);
        var child = bench.Mm.Fork().RunToEnd().Child!;
        child.Exit().RunToEnd();
        var frame = bench.FrameAt(range.Start);
        bench.Mm.Madvise(range, Advice.Free).RunToEnd();

        bench.Mm.Write(range.Start, new byte[] { 2 }).RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.Not.EqualTo(frame));
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void Collapse_reads_what_lies_in_swap(string profile)
    {
        // __collapse_huge_page_swapin.
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(512);
        bench.Mm.Madvise(VirtualRange.OfSize(range.Start, 64 << 12), Advice.PageOut).RunToEnd();

        var op = bench.Mm.Madvise(range, Advice.Collapse).RunToEnd();

        Assert.That(op.Errno, Is.Zero);
        Assert.That(bench.Kernel.Memory.OrderOf(PhysicalAddress.OfFrame(bench.FrameAt(range.Start))), Is.EqualTo(9));
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void Locked_private_memory_that_becomes_writable_is_copied_at_once(string profile)
    {
        // mprotect_fixup: populate_vma_page_range.
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("f", 1 << 12);
        var range = bench.Map(1, Protection.Read, file);
        bench.Mm.Mlock(range).RunToEnd();
        var frame = bench.FrameAt(range.Start);

        bench.Mm.Mprotect(range, Protection.ReadWrite).RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.Not.EqualTo(frame).And.Not.Zero);
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void A_hole_behind_the_end_of_a_file_on_disk_is_not_punched(string profile)
    {
        // ext4_punch_hole: offset >= i_size.
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("f", 2 << 12, FileKind.Disk);
        bench.Map(4, file: file, flags: MapFlags.Shared);
        bench.Register();

        bench.Mm.FilePunch(file, 2 << 12, 2 << 12).RunToEnd();

        Assert.That(bench.Calls, Is.Empty);
    }
}
