using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Reclaim of a cgroup: in which order pages go, and what notifiers and devices see of it.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class ReclaimTests(string profile)
{
    private const NotifierCallbacks Young = NotifierCallbacks.Young;

    [Test]
    public void Pages_that_were_used_stay_for_a_first_round_and_go_in_the_second_in_their_order()
    {
        var (bench, range) = Charged(pages: 3);
        var teller = Told(bench, Young);

        var op = bench.Mm.Reclaim(1 << 20).RunToEnd();

        string[] round = ["flush-young 0x0 0x1000", "flush-young 0x1000 0x2000", "flush-young 0x2000 0x3000"];
        Assert.That(teller.Calls, Is.EqualTo(round.Concat(round)));
        Assert.That(op.Errno, Is.EqualTo(-11), "three pages are not a mebibyte");
        Assert.That(bench.FramesOf(range), Is.All.Zero);
    }

    [Test]
    public void A_page_of_which_a_device_makes_use_stays_and_becomes_active()
    {
        var (bench, range) = Charged(pages: 1);
        bench.Mm.Register(new User()).RunToEnd();

        bench.Mm.Reclaim(4096).RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.Not.Zero);
        Assert.That(bench.Kernel.Memory.FlagsOf(PhysicalAddress.OfFrame(bench.FrameAt(range.Start))) & FrameFlags.Active,
            Is.Not.EqualTo(FrameFlags.None));
    }

    [Test]
    public void A_lazily_freed_page_is_dropped_unless_it_was_written_since()
    {
        var (bench, range) = Charged(pages: 2);
        bench.Mm.Madvise(range, Advice.Free).RunToEnd();
        bench.Mm.Write(range.Start.Add(4096), new byte[] { 7 }).RunToEnd();

        bench.Mm.Reclaim(1 << 20).RunToEnd();

        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.Zero);
        Assert.That(bench.Mm.Read(range.Start.Add(4096), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(7));
    }

    [Test]
    public void A_locked_page_is_neither_asked_about_nor_taken()
    {
        var (bench, range) = Charged(pages: 2);
        bench.Mm.Mlock(VirtualRange.OfSize(range.Start, 4096)).RunToEnd();
        var teller = Told(bench, Young);

        bench.Mm.Reclaim(1 << 20).RunToEnd();

        Assert.That(bench.FramesOf(range).Select(frame => frame != 0), Is.EqualTo(new[] { true, false }));
        Assert.That(teller.Calls, Has.None.StartsWith("flush-young 0x0 "));
    }

    [Test]
    public void Memory_of_another_cgroup_is_left_alone()
    {
        var (bench, _) = Charged(pages: 1);
        var other = bench.Kernel.CreateAddressSpace();
        other.EnterCgroup();
        other.Mmap(4096, Protection.ReadWrite, at: DeviceBench.Base).RunToEnd();
        other.Write(DeviceBench.Base, new byte[] { 3 }).RunToEnd();

        bench.Mm.Reclaim(1 << 20).RunToEnd();

        Assert.That(other.Tables.TryWalk(DeviceBench.Base, out _), Is.True);
    }

    [Test]
    public void With_several_CPUs_the_page_is_freed_only_after_the_CPU_flush_that_was_put_off()
    {
        var (bench, range) = Charged(pages: 1);
        var frame = bench.FrameAt(range.Start);
        bench.Register();
        bench.Mm.HasRunOnSeveralCpus = true;

        bench.Mm.Reclaim(1 << 20).RunToEnd();

        var order = new List<JournalKind>();
        for (var i = bench.Kernel.Journal.Oldest; i < bench.Kernel.Journal.Count; i++)
        {
            var line = bench.Kernel.Journal[i];
            if (line.Kind == JournalKind.CpuTlbFlush
                || (line.Kind == JournalKind.FrameFreed && line.Read<FrameRecord>().Frame == frame))
            {
                order.Add(line.Kind);
            }
        }

        Assert.That(order.TakeLast(2), Is.EqualTo(new[] { JournalKind.CpuTlbFlush, JournalKind.FrameFreed }));
        Assert.That(bench.Calls.First(call => call.StartsWith("inv", StringComparison.Ordinal)),
            Is.EqualTo(bench.TellsAtEnd ? "inv 0x0 0x1000" : "inv min max"), "a device can be cleaner than the CPUs");
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void The_next_change_of_entries_after_a_batched_unmap_flushes_everything_first()
    {
        var (bench, range) = Charged(pages: 2);
        bench.Mm.HasRunOnSeveralCpus = true;
        bench.Mm.Madvise(VirtualRange.OfSize(range.Start, 4096), Advice.PageOut).RunToEnd();
        bench.Register();

        bench.Mm.Munmap(VirtualRange.OfSize(range.Start.Add(4096), 4096)).RunToEnd();

        string[] expected = bench.TellsAtEnd
            ? ["start 0x1000 0x2000 Unmap", "inv 0x1000 0x2000", "end 0x1000 0x2000", "inv 0x1000 0x2000"]
            : ["start 0x1000 0x2000 Unmap", "inv min max", "end 0x1000 0x2000", "inv 0x1000 0x2000"];
        Assert.That(bench.Calls, Is.EqualTo(expected));
    }

    [Test]
    public void The_generations_ask_notifiers_from_6_12_on_twice_before_the_page_is_looked_at()
    {
        var (bench, range) = Charged(pages: 1);
        bench.Kernel.HasGenerations = true;
        var teller = Told(bench, Young);

        bench.Mm.Reclaim(1 << 20).RunToEnd();

        string[] expected = bench.TellsAtEnd ? ["flush-young 0x0 0x1000"]
            : ["young 0x0 0x1000", "young 0x0 0x1000", "young 0x0 0x1000"];
        Assert.That(teller.Calls, Is.EqualTo(expected));
        Assert.That(bench.FrameAt(range.Start), Is.Zero);
    }

    private (DeviceBench Bench, VirtualRange Range) Charged(int pages)
    {
        var bench = new DeviceBench(profile);
        bench.Mm.EnterCgroup();
        return (bench, bench.MapWritten(pages));
    }

    private static Teller Told(DeviceBench bench, NotifierCallbacks callbacks)
    {
        var teller = new Teller(callbacks);
        bench.Mm.Register(teller).RunToEnd();
        return teller;
    }

    /// <summary>A device that uses every page all the time.</summary>
    private sealed class User : INotifierClient
    {
        public NotifierCallbacks Callbacks => NotifierCallbacks.Young;

        public bool ClearFlushYoung(VirtualAddress start, VirtualAddress end) => true;
    }
}
