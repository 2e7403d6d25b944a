using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients.Tests;

/// <summary>A client that holds its lock from start to end must know which starts get an end.</summary>
public sealed class LockHoldingClientTests
{
    /// <remarks>4.19 to 5.11: nobody gets the end of a refused range; 5.12 and later: everybody does.</remarks>
    [TestCase("linux-4.19")]
    [TestCase("linux-5.4")]
    [TestCase("linux-5.5")]
    [TestCase("linux-5.13")]
    [TestCase("linux-6.18")]
    public void After_a_refused_start_the_same_range_is_let_go_at_its_end(string profile)
    {
        var bench = new ClientBench(KernelProfile.Find(profile));
        bench.Space.Mmap(1 << 14, Protection.ReadWrite, MapFlags.Fixed, ClientBench.Page(0)).RunToEnd();
        var client = (LockHoldingClient)bench.Add(ClientKind.LockHolding);
        bench.Space.Block();
        var fault = client.HandleFault(new DeviceFault(ClientBench.Page(1), isWrite: false)).GetEnumerator();
        GoTo(fault, "checked");
        var reaper = bench.Space.OomKill();
        GoTo(reaper.Steps, "oom_reap_task");
        var wasRefused = IsMapped(bench);
        while (fault.MoveNext())
        {
        }

        ClientBench.Finish(Rest(reaper.Steps));

        Assert.That(wasRefused && !IsMapped(bench), Is.True, "refused at first, reaped in the second attempt");
        Assert.That(client.Lock.Readers, Is.Zero);
        Assert.That(client.Shadow.TryGet(ClientBench.Page(1), out _), Is.False);
    }

    private static bool IsMapped(ClientBench bench) => bench.Space.Tables.TryWalk(ClientBench.Page(1), out _);

    private static void GoTo(IEnumerator<PreemptionPoint> steps, string site)
    {
        while (steps.MoveNext() && steps.Current.Site != site)
        {
        }
    }

    private static IEnumerable<PreemptionPoint> Rest(IEnumerator<PreemptionPoint> steps)
    {
        while (steps.MoveNext())
        {
            yield return steps.Current;
        }
    }
}
