using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients.Tests;

/// <summary>The mirror looks pages up by hmm_range_fault.</summary>
public sealed class HmmMirrorClientTests
{
    [Test]
    public void A_page_that_changes_while_it_is_faulted_in_is_looked_up_again()
    {
        var bench = new ClientBench(KernelProfile.Linux61);
        bench.Space.Mmap(1 << 14, Protection.ReadWrite, MapFlags.Fixed, ClientBench.Page(0)).RunToEnd();
        var client = bench.Add(ClientKind.HmmMirror);
        var fault = new DeviceFault(ClientBench.Page(1), isWrite: false);
        var handling = client.HandleFault(fault).GetEnumerator();

        // The sequence is read, and a whole invalidation of the page passes.
        while (handling.MoveNext() && handling.Current.Site != "sequence-read")
        {
        }

        bench.Space.MadviseDontneed(ClientBench.Range(1, 1)).RunToEnd();
        var sites = new List<string>();
        while (handling.MoveNext())
        {
            sites.Add(handling.Current.Site);
        }

        Assert.That(fault.Retries, Is.EqualTo(1));
        Assert.That(sites, Does.Contain("hmm_range_fault"));
        Assert.That(
            sites.TakeWhile(site => site != "collided"), Does.Not.Contain("hmm_vma_walk_pmd"),
            "hmm_range_fault answers EBUSY before it walks");
        Assert.That(ClientBench.Read(client, ClientBench.Page(1)).Outcome, Is.EqualTo(AccessOutcome.Fresh));
    }

    [TestCase(Protection.None, false)]
    [TestCase(Protection.Read, true)]
    public void An_access_that_the_mapping_does_not_allow_is_refused(Protection protection, bool isWrite)
    {
        var bench = new ClientBench(KernelProfile.Linux61);
        bench.Space.Mmap(1 << 14, protection, MapFlags.Fixed, ClientBench.Page(0)).RunToEnd();
        var fault = new DeviceFault(ClientBench.Page(1), isWrite);

        ClientBench.Finish(bench.Add(ClientKind.HmmMirror).HandleFault(fault));

        Assert.That(fault.IsRefused, Is.True);
        Assert.That(fault.Retries, Is.Zero);
    }
}
