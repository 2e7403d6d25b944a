using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Device-exclusive access: given with an owner's event, taken back by the first CPU access.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class DeviceExclusiveTests(string profile)
{
    private const ulong Owner = 9;

    [Test]
    public void The_others_have_lost_the_page_when_the_driver_programs_its_access()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        bench.Register();
        string[] before = [];
        var frame = ulong.MaxValue;

        bench.Mm.MakeDeviceExclusive(range, Owner, pages =>
        {
            before = [.. bench.Calls];
            frame = bench.FrameAt(pages[0].Address);
        }).RunToEnd();

        Assert.That(before, Is.EqualTo(
            new[] { "start 0x0 0x1000 Exclusive of 9", "inv 0x0 0x1000", "end 0x0 0x1000" }));
        Assert.That(frame, Is.Zero);
        Assert.That(DeviceExclusive.Is(bench.EntryAt(range.Start)), Is.True);
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void Every_page_of_the_request_is_announced_on_its_own()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 3);
        bench.Register();

        var op = bench.Mm.MakeDeviceExclusive(range, Owner).RunToEnd();

        Assert.That(op.ExclusivePages.Select(page => page.Address), Is.EqualTo(
            new[] { range.Start, range.Start.Add(4096), range.Start.Add(8192) }));
        Assert.That(bench.Calls.Where(call => call.StartsWith("start", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "start 0x0 0x1000 Exclusive of 9", "start 0x1000 0x2000 Exclusive of 9",
            "start 0x2000 0x3000 Exclusive of 9",
        }));
    }

    [Test]
    public void An_empty_page_is_faulted_in_and_a_shared_one_is_copied_first()
    {
        var bench = new DeviceBench(profile);
        var range = bench.Map(pages: 2);
        bench.Mm.Write(range.Start, new byte[] { 5 }).RunToEnd();
        var child = bench.Mm.Fork().RunToEnd().Child!;

        var op = bench.Mm.MakeDeviceExclusive(range, Owner).RunToEnd();

        Assert.That(op.ExclusivePages, Has.Count.EqualTo(2));
        Assert.That(child.Tables.TryWalk(range.Start, out var walk), Is.True);
        Assert.That(walk.Page.Frame, Is.Not.EqualTo(op.ExclusivePages[0].Frame));
    }

    [Test]
    public void A_CPU_access_tells_everybody_before_the_page_is_present_again()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        var frame = bench.Mm.MakeDeviceExclusive(range, Owner).RunToEnd().ExclusivePages[0].Frame;
        bench.Register();
        var store = bench.Mm.Write(range.Start, new byte[] { 6 });

        while (store.Steps.MoveNext())
        {
            Assert.That(bench.FrameAt(range.Start) == 0 || bench.Calls.Count > 0, Is.True);
        }

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x1000 Exclusive"));
        Assert.That(bench.Calls[^1], Is.EqualTo("end 0x0 0x1000"));
        Assert.That(bench.FrameAt(range.Start), Is.EqualTo(frame));
        Assert.That(bench.EntryAt(range.Start).IsWritable, Is.True);
    }

    [Test]
    public void A_store_waits_while_the_driver_programs_and_never_reaches_the_page()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        var isBlocked = false;

        bench.Mm.MakeDeviceExclusive(range, Owner, _ =>
        {
            var store = bench.Mm.Write(range.Start, new byte[] { 6 });
            for (var i = 0; i < 100; i++)
            {
                store.Steps.MoveNext();
            }

            isBlocked = !store.IsFinished && bench.FrameAt(range.Start) == 0;
        }).RunToEnd();

        Assert.That(isBlocked, Is.True);
    }

    [Test]
    public void Fork_makes_the_page_present_and_shares_it()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        bench.Mm.MakeDeviceExclusive(range, Owner).RunToEnd();
        bench.Register();

        var child = bench.Mm.Fork().RunToEnd().Child!;

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x1000 ProtectionPage"));
        Assert.That(bench.EntryAt(range.Start).IsWritable, Is.False);
        Assert.That(child.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
        child.Tables.TryWalk(range.Start, out var walk);
        Assert.That(bench.FrameAt(range.Start), Is.EqualTo(walk.Page.Frame));
    }

    [Test]
    public void Munmap_ends_the_access_and_frees_the_page()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        var frame = bench.Mm.MakeDeviceExclusive(range, Owner).RunToEnd().ExclusivePages[0].Frame;
        bench.Register();

        bench.Mm.Munmap(range).RunToEnd();

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x1000 Unmap"));
        Assert.That(bench.Kernel.Memory.FlagsOf(PhysicalAddress.OfFrame(frame)), Is.EqualTo(FrameFlags.Free));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void After_mprotect_to_read_only_the_page_comes_back_read_only_and_a_store_is_refused()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        bench.Mm.MakeDeviceExclusive(range, Owner).RunToEnd();

        bench.Mm.Mprotect(range, Protection.Read).RunToEnd();

        Assert.That(bench.Mm.Write(range.Start, new byte[] { 2 }).RunToEnd().Signal, Is.EqualTo(Signal.Segv));
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
        Assert.That(bench.EntryAt(range.Start).IsWritable, Is.False);
    }

    [Test]
    public void A_second_device_takes_the_access_over_by_way_of_the_CPU()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        bench.Mm.MakeDeviceExclusive(range, Owner).RunToEnd();
        bench.Register();

        var op = bench.Mm.MakeDeviceExclusive(range, owner: 11).RunToEnd();

        Assert.That(op.ExclusivePages, Has.Count.EqualTo(1));
        Assert.That(bench.Calls.Where(call => call.StartsWith("start", StringComparison.Ordinal)), Is.EqualTo(
            new[] { "start 0x0 0x1000 Exclusive", "start 0x0 0x1000 Exclusive of 11" }));
    }

    [Test]
    public void The_memory_of_a_file_is_refused()
    {
        var bench = new DeviceBench(profile);
        var range = bench.Map(1, flags: MapFlags.Shared);

        var op = bench.Mm.MakeDeviceExclusive(range, Owner).RunToEnd();

        Assert.That(op.ExclusivePages, Is.Empty);
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Signal, Is.EqualTo(Signal.None));
    }

    [Test]
    public void The_pages_of_a_huge_page_are_split_in_the_page_table()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();

        var op = bench.Mm.MakeDeviceExclusive(VirtualRange.OfSize(range.Start, 4096), Owner).RunToEnd();

        Assert.That(op.ExclusivePages, Has.Count.EqualTo(1));
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
        Assert.That(bench.Mm.Write(range.Start.Add(0x7000), new byte[] { 1 }).RunToEnd().Signal,
            Is.EqualTo(Signal.None));
        bench.Mm.Munmap(range).RunToEnd();
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }
}
