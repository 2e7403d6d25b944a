using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>exec, exit and brk: what the notifiers of a process hear of them.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class ProcessLifeTests(string profile)
{
    [Test]
    public void Exec_ends_the_old_address_space_and_starts_an_empty_one_without_notifiers()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 2);
        bench.Register();

        var fresh = bench.Mm.Exec().RunToEnd().Child!;

        Assert.That(bench.Mm.HasExited, Is.True);
        Assert.That(fresh.Vmas, Is.Empty);
        Assert.That(fresh.Notifiers.HasAny, Is.False);
        Assert.That(fresh.Read(range.Start, 1).RunToEnd().Signal, Is.EqualTo(Signal.Segv));
        Assert.That(bench.Calls, Is.Empty, "released before the page tables went");
    }

    [Test]
    public void A_lower_break_unmaps_what_lies_beyond_and_tells_UNMAP()
    {
        var bench = new DeviceBench(profile);
        bench.Mm.Brk(AddressSpace.HeapStart.Add(0x4000)).RunToEnd();
        for (var i = 0UL; i < 4; i++)
        {
            bench.Mm.Write(AddressSpace.HeapStart.Add(i << 12), new byte[] { 1 }).RunToEnd();
        }

        bench.Register();

        bench.Mm.Brk(AddressSpace.HeapStart.Add(0x1800)).RunToEnd();

        Assert.That(bench.Mm.HeapEnd, Is.EqualTo(AddressSpace.HeapStart.Add(0x1800)));
        Assert.That(bench.Calls[0], Does.EndWith("Unmap"));
        Assert.That(bench.Mm.Read(AddressSpace.HeapStart.Add(0x1000), 1).RunToEnd().Signal, Is.EqualTo(Signal.None));
        Assert.That(bench.Mm.Read(AddressSpace.HeapStart.Add(0x2000), 1).RunToEnd().Signal, Is.EqualTo(Signal.Segv));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void A_higher_break_extends_the_mapping_and_one_below_the_heap_is_refused()
    {
        var bench = new DeviceBench(profile);
        bench.Mm.Brk(AddressSpace.HeapStart.Add(0x1000)).RunToEnd();

        bench.Mm.Brk(AddressSpace.HeapStart.Add(0x3000)).RunToEnd();
        var refused = bench.Mm.Brk(new(0x1000)).RunToEnd();

        Assert.That(bench.Mm.Vmas.Single().Range, Is.EqualTo(VirtualRange.OfSize(AddressSpace.HeapStart, 0x3000)));
        Assert.That(refused.Errno, Is.EqualTo(-12));
    }

    [Test]
    public void Mmap_over_an_existing_mapping_tells_UNMAP_before_the_new_memory_can_be_reached()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 2);
        bench.Register();

        bench.Mm.Mmap(8192, Protection.ReadWrite, MapFlags.Fixed, range.Start).RunToEnd();

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x2000 Unmap"));
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.Zero);
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void An_interval_hears_RELEASE_and_then_UNMAP_of_the_whole_address_space_at_exit()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        var client = new EventClient();
        bench.Mm.Notifiers.Intervals.Insert(client, range);

        bench.Mm.Exit().RunToEnd();

        Assert.That(client.Events, Is.EqualTo(new[] { NotifierEvent.Release, NotifierEvent.Unmap }));
    }

    private sealed class EventClient : IIntervalClient
    {
        public List<NotifierEvent> Events { get; } = [];

        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
        {
            IntervalNotifiers.SetSequence(interval, sequence);
            Events.Add(range.Event);
            return true;
        }
    }
}
