namespace HilBench.Memory.Tests;

/// <summary>A page that is poisoned while it lies on a CPU's free list (commits 479f854a207c and c461ad6a63b3).</summary>
public sealed class PoisonedFreePageTests
{
    [Test]
    public void Linux_4_12_hands_out_a_page_that_was_poisoned_on_a_CPU_s_free_list()
    {
        var (bench, frame) = SoftOffline("linux-4.12", drains: null, checks: false);

        Assert.That(MemoryFailureTests.AllFrames(bench), Has.Some.EqualTo(frame));
    }

    [Test]
    public void Linux_4_13_drains_the_lists_and_throws_it_out()
    {
        var (bench, frame) = SoftOffline("linux-4.13", drains: null, checks: false);

        Assert.That(MemoryFailureTests.AllFrames(bench), Has.None.EqualTo(frame));
    }

    [Test]
    public void Without_the_drain_4_13_would_hand_it_out()
    {
        var (bench, frame) = SoftOffline("linux-4.13", drains: false, checks: false);

        Assert.That(MemoryFailureTests.AllFrames(bench), Has.Some.EqualTo(frame));
    }

    [Test]
    public void An_allocator_that_looks_at_every_page_throws_it_out_without_a_drain()
    {
        var (bench, frame) = SoftOffline("linux-4.12", drains: null, checks: true);

        Assert.That(MemoryFailureTests.AllFrames(bench), Has.None.EqualTo(frame));
    }

    private static (DeviceBench Bench, ulong Frame) SoftOffline(string profile, bool? drains, bool checks)
    {
        var bench = new DeviceBench(profile);
        bench.Kernel.DrainsPerCpuPagesOfPoison = drains ?? bench.Kernel.DrainsPerCpuPagesOfPoison;
        bench.Kernel.Memory.ChecksPerCpuPages = checks;
        var range = bench.MapWritten(1);
        var frame = bench.FrameAt(range.Start);
        bench.Mm.Madvise(range, Advice.SoftOffline).RunToEnd();
        Assert.That(bench.FrameAt(range.Start), Is.Not.EqualTo(frame), "the contents moved");
        return (bench, frame);
    }
}
