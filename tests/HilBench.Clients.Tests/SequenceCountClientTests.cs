using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients.Tests;

/// <summary>The reaper of 4.16 to 4.18 takes the notifiers' word for it that they do not block.</summary>
public sealed class SequenceCountClientTests
{
    [TestCase(ClientFault.ClaimsNotToBlock, false, true)]
    [TestCase(ClientFault.ClaimsNotToBlock, true, false)]
    [TestCase(ClientFault.None, false, false)]
    public void Only_a_false_promise_of_all_clients_lets_the_reaper_wait_for_a_lock(
        ClientFault fault, bool hasAnother, bool isFound)
    {
        var bench = new ClientBench(KernelProfile.Linux415);
        bench.Space.Mmap(1 << 14, Protection.ReadWrite, MapFlags.Fixed, ClientBench.Page(0)).RunToEnd();
        var client = bench.Add(ClientKind.SequenceCount, fault);
        if (hasAnother)
        {
            bench.Add(ClientKind.SequenceCount);
        }

        bench.Space.Block();
        var handling = client.HandleFault(new DeviceFault(ClientBench.Page(1), isWrite: false)).GetEnumerator();
        while (handling.MoveNext() && handling.Current.Site != "checked")
        {
        }

        var reaper = bench.Space.OomKill();
        while (reaper.Steps.MoveNext() && reaper.Steps.Current.Kind != PreemptionKind.LockWait)
        {
        }

        Assert.That(
            bench.Kernel.Validator.Findings.Select(finding => finding.Rule),
            Is.EqualTo(isFound ? [NotifierRule.SleepInNonBlockableRange] : Array.Empty<NotifierRule>()));
        Assert.That(reaper.Steps.Current.Kind == PreemptionKind.LockWait, Is.EqualTo(isFound));
    }
}
