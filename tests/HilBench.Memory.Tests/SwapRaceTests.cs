using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>A page is on its way to swap, and another CPU wants it too.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class SwapRaceTests(string profile)
{
    [Test]
    public void Madvise_free_leaves_a_page_alone_that_reclaim_has_locked()
    {
        var bench = new DeviceBench(profile);
        bench.Mm.EnterCgroup();
        var range = bench.MapWritten(1);
        bench.Register();
        var reclaim = bench.Mm.Reclaim(1 << 20);

        Interleaving.RunUntil(reclaim, PreemptionKind.BeforeNotifier);
        bench.Mm.Madvise(range, Advice.Free).RunToEnd();
        reclaim.RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.Zero, "the page went to swap");
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [Test]
    public void Swapoff_waits_for_a_page_that_reclaim_has_locked()
    {
        var bench = new DeviceBench(profile);
        bench.Mm.EnterCgroup();
        var range = bench.MapWritten(1);
        bench.Register();
        var reclaim = bench.Mm.Reclaim(1 << 20);
        var swapoff = bench.Mm.SwapOff();

        Interleaving.RunUntil(reclaim, PreemptionKind.BeforeNotifier);
        Interleaving.RunUntil(swapoff, PreemptionKind.LockWait, "try_to_unuse");
        reclaim.RunToEnd();
        swapoff.RunToEnd();

        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }
}
