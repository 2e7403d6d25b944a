using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Swapped pages: shared between processes, found again in the swap cache, brought back by swapoff.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class SwapTests(string profile)
{
    [Test]
    public void A_page_that_parent_and_child_swapped_comes_back_as_one_page_for_both()
    {
        var (bench, range, child) = SwappedAndShared();

        bench.Mm.Read(range.Start, 1).RunToEnd();
        child.Read(range.Start, 1).RunToEnd();

        child.Tables.TryWalk(range.Start, out var theirs);
        Assert.That(theirs.Page.Frame, Is.EqualTo(bench.FrameAt(range.Start)).And.Not.Zero);
        Assert.That(bench.Kernel.Memory.MapCountOf(theirs.Page), Is.EqualTo(2));
    }

    [Test]
    public void A_store_to_a_swapped_page_that_a_child_shares_copies_it_and_tells_so()
    {
        var (bench, range, child) = SwappedAndShared();
        bench.Register();

        bench.Mm.Write(range.Start, new byte[] { 9 }).RunToEnd();

        Assert.That(bench.Calls, Is.EqualTo(
            new[] { "start 0x0 0x1000 Clear", "inv 0x0 0x1000", "end 0x0 0x1000" }));
        Assert.That(child.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(9));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void A_store_to_a_swapped_page_of_ones_own_tells_nothing()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(1);
        bench.Mm.Madvise(range, Advice.PageOut).RunToEnd();
        bench.Register();

        bench.Mm.Write(range.Start, new byte[] { 9 }).RunToEnd();

        Assert.That(bench.Calls, Is.Empty);
        Assert.That(bench.EntryAt(range.Start).IsWritable, Is.True);
    }

    [Test]
    public void Reclaim_after_swapoff_finds_what_a_debugger_wrote()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(5);
        var child = bench.Mm.Fork().RunToEnd().Child!;
        bench.Mm.Reclaim(1 << 20).RunToEnd();
        bench.Mm.WriteForced(range.Start.Add(0x2040), new byte[] { 9 }).RunToEnd();
        bench.Mm.SwapOff().RunToEnd();

        bench.Mm.Reclaim(1 << 20).RunToEnd();

        Assert.That(bench.Mm.Read(range.Start.Add(0x2040), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(9));
        Assert.That(child.Read(range.Start.Add(0x2000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [Test]
    public void A_page_that_stays_in_the_swap_cache_keeps_its_slot_when_it_goes_out_again()
    {
        var (bench, range, child) = SwappedAndShared();
        var slot = bench.EntryAt(range.Start).SwapOffset;
        bench.Mm.Read(range.Start, 1).RunToEnd();
        child.Read(range.Start, 1).RunToEnd();

        bench.Mm.Reclaim(1 << 20).RunToEnd();

        Assume.That(bench.TellsAtEnd, "from 6.12 on a page that two processes used at once stays active");
        Assert.That(bench.EntryAt(range.Start).SwapType, Is.EqualTo(SwapType.Swap));
        Assert.That(bench.EntryAt(range.Start).SwapOffset, Is.EqualTo(slot));
        Assert.That(child.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [Test]
    public void What_a_device_writes_just_before_the_unmap_is_in_swap()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(1);
        var page = PhysicalAddress.OfFrame(bench.FrameAt(range.Start));
        var op = bench.Mm.Madvise(range, Advice.PageOut);

        while (op.Steps.MoveNext() && op.Steps.Current.Kind != PreemptionKind.BeforeNotifier
            && op.Steps.Current.Site != "page_vma_mapped_walk")
        {
        }

        bench.Kernel.Memory.WriteUInt64(page, 0x55);
        op.RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.Zero);
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(0x55));
    }

    [Test]
    public void Swapoff_brings_pages_back_old_clean_and_read_only_and_tells_nothing()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(4);
        bench.Mm.Madvise(range, Advice.PageOut).RunToEnd();
        bench.Register();

        bench.Mm.SwapOff().RunToEnd();

        var entry = bench.EntryAt(range.Start.Add(0x2000));
        Assert.That((entry.IsPresent, entry.IsAccessed, entry.IsDirty, entry.IsWritable),
            Is.EqualTo((true, false, false, false)));
        Assert.That(bench.Calls, Is.Empty);
        Assert.That(bench.Mm.Read(range.Start.Add(0x2000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    private (DeviceBench Bench, VirtualRange Range, AddressSpace Child) SwappedAndShared()
    {
        var bench = new DeviceBench(profile);
        bench.Mm.EnterCgroup();
        var range = bench.MapWritten(1);
        var child = bench.Mm.Fork().RunToEnd().Child!;
        bench.Mm.Reclaim(1 << 20).RunToEnd();
        Assert.That(bench.EntryAt(range.Start).IsSwap, Is.True, "the page is in swap");
        return (bench, range, child);
    }
}
