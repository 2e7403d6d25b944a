using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>hmm_range_fault: what a device driver learns of the CPU page tables, and when it must ask again.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class HmmRangeTests(string profile)
{
    [Test]
    public void A_write_request_on_pages_shared_with_a_child_gets_private_writable_copies()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 4);
        bench.Mm.Fork().RunToEnd();

        var op = bench.Mm.HmmRangeFault(range, HmmAccess.Write).RunToEnd();

        Assert.That(op.Errno, Is.Zero);
        Assert.That(op.HmmPages, Has.Count.EqualTo(4));
        Assert.That(op.HmmPages.All(page => page.IsValid && page.IsWritable), Is.True);
        Assert.That(op.HmmPages.Select(page => page.Frame), Is.EqualTo(bench.FramesOf(range)));
    }

    [Test]
    public void A_read_request_on_empty_memory_gets_the_zero_page_without_the_right_to_write()
    {
        var bench = new DeviceBench(profile);
        var range = bench.Map(pages: 2);

        var op = bench.Mm.HmmRangeFault(range, HmmAccess.Read).RunToEnd();

        Assert.That(op.HmmPages.All(page => page.IsValid && !page.IsWritable), Is.True);
        Assert.That(op.HmmPages[0].Frame, Is.EqualTo(op.HmmPages[1].Frame));
    }

    [Test]
    public void A_snapshot_faults_nothing_in_and_marks_unmapped_addresses_as_errors()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        var beyond = VirtualRange.OfSize(range.Start, 3 * 4096);
        bench.Mm.Mmap(4096, Protection.ReadWrite, at: range.Start.Add(8192)).RunToEnd();

        var op = bench.Mm.HmmRangeFault(beyond, HmmAccess.Snapshot).RunToEnd();

        Assert.That(op.HmmPages.Select(page => page.Flags), Is.EqualTo(
            new[] { HmmFlags.Valid | HmmFlags.Writable, HmmFlags.Error, HmmFlags.None }));
    }

    [Test]
    public void A_huge_page_is_told_with_the_order_of_its_entry()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();

        var op = bench.Mm.HmmRangeFault(range, HmmAccess.Snapshot).RunToEnd();

        Assert.That(op.HmmPages.All(page => page.Order == 9), Is.True);
        Assert.That(op.HmmPages[511].Frame, Is.EqualTo(op.HmmPages[0].Frame + 511));
    }

    [Test]
    public void A_write_request_on_a_mapping_that_may_only_be_read_is_not_permitted()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        bench.Mm.Mprotect(range, Protection.Read).RunToEnd();

        var op = bench.Mm.HmmRangeFault(range, HmmAccess.Write).RunToEnd();

        Assert.That(op.Errno, Is.EqualTo(-1));
        Assert.That(op.HmmPages, Is.Empty);
    }

    [Test]
    public void A_request_beyond_the_mapping_fails_with_EFAULT()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);

        var op = bench.Mm.HmmRangeFault(VirtualRange.OfSize(range.Start, 8192), HmmAccess.Read).RunToEnd();

        Assert.That(op.Errno, Is.EqualTo(-14));
    }

    [Test]
    public void An_interval_that_was_invalidated_since_read_begin_answers_EBUSY()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 2);
        var interval = bench.Mm.Notifiers.Intervals.Insert(new SequenceClient(), range);
        Assert.That(bench.Mm.Notifiers.Intervals.TryReadBegin(interval, out var sequence), Is.True);
        bench.Mm.MadviseDontneed(VirtualRange.OfSize(range.Start, 4096)).RunToEnd();

        var op = bench.Mm.HmmRangeFault(range, HmmAccess.Read, interval, sequence).RunToEnd();

        Assert.That(op.Errno, Is.EqualTo(-16));
    }

    [Test]
    public void A_request_whose_own_fault_invalidates_the_interval_is_busy_once_and_then_succeeds()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 2);
        bench.Mm.Fork().RunToEnd();
        var intervals = bench.Mm.Notifiers.Intervals;
        var interval = intervals.Insert(new SequenceClient(), range);
        intervals.TryReadBegin(interval, out var sequence);

        var first = bench.Mm.HmmRangeFault(range, HmmAccess.Write, interval, sequence).RunToEnd();
        intervals.TryReadBegin(interval, out sequence);
        var second = bench.Mm.HmmRangeFault(range, HmmAccess.Write, interval, sequence).RunToEnd();

        Assert.That((first.Errno, second.Errno), Is.EqualTo((-16, 0)));
        Assert.That(second.HmmPages.All(page => page.IsWritable), Is.True);
    }

    private sealed class SequenceClient : IIntervalClient
    {
        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
        {
            IntervalNotifiers.SetSequence(interval, sequence);
            return true;
        }
    }
}
