using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Memory that is taken from a process which cannot exit, and what its notifiers are told.</summary>
public sealed class OomReaperTests
{
    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void A_killed_process_that_sleeps_keeps_its_memory_until_it_wakes_up(string profile)
    {
        var (bench, range, teller) = Blocked(profile);

        bench.Mm.Kill().RunToEnd();
        Assert.That((bench.FrameAt(range.Start) != 0, teller.Calls.Count), Is.EqualTo((true, 0)));
        bench.Mm.Unblock().RunToEnd();

        Assert.That((bench.Mm.HasExited, teller.Calls), Is.EqualTo((true, new List<string> { "release" })));
    }

    [TestCase("linux-4.19")]
    [TestCase("linux-5.13")]
    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void Its_private_memory_can_be_taken_under_a_start_that_may_not_block(string profile)
    {
        var (bench, range, teller) = Blocked(profile);
        var caller = bench.Kernel.CreateAddressSpace();
        bench.Mm.Kill().RunToEnd();

        var op = bench.Mm.ReleaseMemory(caller).RunToEnd();

        Assert.That(op.Errno, Is.Zero);
        Assert.That(bench.FramesOf(range), Is.All.Zero);
        Assert.That(teller.Calls, Is.EqualTo(new[] { "start 0x0 0x4000 Unmap at once", "end 0x0 0x4000" }));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [TestCase("linux-4.19")]
    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void A_mapping_whose_notifier_refuses_stays_as_it_is_and_is_tried_again_later(string profile)
    {
        var (bench, range, teller) = Blocked(profile, hasEnd: false);
        var caller = bench.Kernel.CreateAddressSpace();
        bench.Mm.Kill().RunToEnd();
        teller.Refuses = true;

        var refused = bench.Mm.ReleaseMemory(caller).RunToEnd();
        var kept = bench.FramesOf(range);
        teller.Refuses = false;
        var done = bench.Mm.ReleaseMemory(caller).RunToEnd();

        Assert.That((refused.Errno, done.Errno), Is.EqualTo((-11, 0)));
        Assert.That(kept, Has.None.EqualTo(0UL));
        Assert.That(bench.FramesOf(range), Is.All.Zero);
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void The_OOM_reaper_gives_up_after_ten_refusals(string profile)
    {
        var (bench, range, teller) = Blocked(profile, hasEnd: false);
        teller.Refuses = true;

        bench.Mm.OomKill().RunToEnd();

        Assert.That(teller.Calls, Has.Count.EqualTo(10).And.All.StartsWith("start 0x0 0x4000"));
        Assert.That(bench.FramesOf(range), Has.None.EqualTo(0UL));
    }

    [Test]
    public void Linux_4_12_takes_the_memory_and_tells_a_client_of_start_and_end_nothing()
    {
        var (bench, range, teller) = Blocked("linux-4.12");

        bench.Mm.OomKill().RunToEnd();

        Assert.That(bench.FramesOf(range), Is.All.Zero);
        Assert.That(teller.Calls, Is.Empty);
    }

    [Test]
    public void Linux_4_15_leaves_an_mm_with_notifiers_alone()
    {
        var (bench, range, teller) = Blocked("linux-4.15");

        bench.Mm.OomKill().RunToEnd();

        Assert.That(bench.FramesOf(range), Has.None.EqualTo(0UL));
        Assert.That(teller.Calls, Is.Empty);
    }

    [TestCase("linux-6.1")]
    public void The_OOM_killer_takes_the_process_that_was_adjusted_to_be_first(string profile)
    {
        var (bench, _, _) = Blocked(profile);
        var small = bench.Mm.Fork().RunToEnd().Child!;
        small.OomScoreAdjustment = 1000;

        bench.Mm.OomKill().RunToEnd();

        Assert.That((small.HasExited, bench.Mm.IsKilled), Is.EqualTo((true, false)));
    }

    [TestCase("linux-6.1")]
    public void Memory_of_a_process_that_was_not_killed_cannot_be_taken(string profile)
    {
        var (bench, range, _) = Blocked(profile);

        var op = bench.Mm.ReleaseMemory(bench.Kernel.CreateAddressSpace()).RunToEnd();

        Assert.That(op.Errno, Is.EqualTo(-22));
        Assert.That(bench.FramesOf(range), Has.None.EqualTo(0UL));
    }

    private static (DeviceBench Bench, VirtualRange Range, Teller Teller) Blocked(string profile, bool hasEnd = true)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(4);
        var teller = new Teller(NotifierCallbacks.Release
            | (hasEnd ? Teller.Ranges : NotifierCallbacks.InvalidateRangeStart));
        bench.Mm.Register(teller).RunToEnd();
        bench.Mm.Block();
        return (bench, range, teller);
    }
}
