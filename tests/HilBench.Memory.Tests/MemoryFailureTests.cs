using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Poisoned memory: taken from its users, and never handed out again.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class MemoryFailureTests(string profile)
{
    [Test]
    public void A_poisoned_page_is_unmapped_under_a_range_and_every_access_raises_SIGBUS()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(2);
        bench.Register();

        var op = bench.Mm.Madvise(VirtualRange.OfSize(range.Start, 4096), Advice.Hwpoison).RunToEnd();
        var read = bench.Mm.Read(range.Start, 1).RunToEnd();

        Assert.That(bench.Calls, Is.EqualTo(new[] { "start 0x0 0x1000 Clear", "inv 0x0 0x1000", "end 0x0 0x1000" }));
        Assert.That((read.Signal, read.SignalCode), Is.EqualTo((Signal.Bus, 4)));
        Assert.That(op.PoisonSignalCode, Is.EqualTo(bench.TellsAtEnd ? 0 : 4), "from 6.11 on the caller is told");
        Assert.That(bench.Mm.Read(range.Start.Add(4096), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [TestCase(Advice.Hwpoison)]
    [TestCase(Advice.SoftOffline)]
    public void No_allocation_returns_the_poisoned_frame(Advice advice)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(1);
        var frame = bench.FrameAt(range.Start);

        bench.Mm.Madvise(range, advice).RunToEnd();
        bench.Mm.Munmap(range).RunToEnd();

        Assert.That(AllFrames(bench), Has.None.EqualTo(frame));
    }

    [Test]
    public void Soft_offline_moves_the_contents_and_no_user_notices()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(1);
        var old = bench.FrameAt(range.Start);

        var op = bench.Mm.Madvise(range, Advice.SoftOffline).RunToEnd();

        Assert.That(op.Errno, Is.Zero);
        Assert.That(bench.FrameAt(range.Start), Is.Not.EqualTo(old).And.Not.Zero);
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [Test]
    public void Poison_in_a_huge_page_splits_it_and_takes_one_base_page()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Mm.Write(range.Start.Add(0x5000), new byte[] { 5 }).RunToEnd();
        bench.Mm.Write(range.Start.Add(0x6000), new byte[] { 6 }).RunToEnd();

        bench.Mm.Madvise(VirtualRange.OfSize(range.Start.Add(0x5000), 4096), Advice.Hwpoison).RunToEnd();

        Assert.That(bench.Mm.Read(range.Start.Add(0x5000), 1).RunToEnd().Signal, Is.EqualTo(Signal.Bus));
        Assert.That(bench.Mm.Read(range.Start.Add(0x6000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(6));
    }

    [Test]
    public void Poison_in_a_hugetlb_page_takes_the_whole_mapping_and_keeps_only_the_bad_frame()
    {
        var bench = new DeviceBench(profile);
        var range = bench.Mm.Mmap(
            2 << 20, Protection.ReadWrite, at: DeviceBench.Base, pageSize: PageSizeHint.Hugetlb).RunToEnd().Range;
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        var frame = bench.FrameAt(range.Start);

        bench.Mm.Madvise(VirtualRange.OfSize(range.Start, 2 << 20), Advice.Hwpoison).RunToEnd();
        var read = bench.Mm.Read(range.Start.Add(0x9000), 1).RunToEnd();
        bench.Mm.Munmap(range).RunToEnd();

        Assert.That((read.Signal, read.SignalCode), Is.EqualTo((Signal.Bus, 4)));
        var frames = AllFrames(bench);
        Assert.That(frames, Has.None.EqualTo(frame).And.Some.EqualTo(frame + 9));
    }

    [Test]
    public void A_clean_page_of_a_file_is_dropped_and_read_again()
    {
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("f", 4096, FileKind.Disk);
        bench.Mm.FileWrite(file, 0, new byte[] { 8 }).RunToEnd();
        bench.Mm.FileSync(file).RunToEnd();
        var range = bench.Map(1, Protection.Read, file, MapFlags.Shared);
        bench.Mm.Read(range.Start, 1).RunToEnd();
        var old = bench.FrameAt(range.Start);

        bench.Mm.Madvise(range, Advice.Hwpoison).RunToEnd();
        var read = bench.Mm.Read(range.Start, 1).RunToEnd();

        Assert.That((read.Signal, read.Bytes.Span[0]), Is.EqualTo((Signal.None, (byte)8)));
        Assert.That(bench.FrameAt(range.Start), Is.Not.EqualTo(old));
    }

    [Test]
    public void A_child_of_a_process_with_poison_has_the_poison_too()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(2);
        bench.Mm.Madvise(VirtualRange.OfSize(range.Start, 4096), Advice.Hwpoison).RunToEnd();

        var child = bench.Mm.Fork().RunToEnd().Child!;

        Assert.That(child.Read(range.Start, 1).RunToEnd().SignalCode, Is.EqualTo(4));
        Assert.That(child.Read(range.Start.Add(4096), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    /// <summary>Takes all memory that can be had.</summary>
    internal static HashSet<ulong> AllFrames(DeviceBench bench)
    {
        var frames = new HashSet<ulong>();
        while (bench.Kernel.Memory.TryAllocate(0, out var frame))
        {
            frames.Add(frame);
        }

        return frames;
    }
}
