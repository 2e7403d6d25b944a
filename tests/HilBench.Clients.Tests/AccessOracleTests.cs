using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients.Tests;

/// <summary>What an access through an entry is, judged by hand-made entries.</summary>
public sealed class AccessOracleTests
{
    private readonly ClientBench _bench = new();

    [SetUp]
    public void Map()
    {
        _bench.Space.Munmap(ClientBench.Range(0, 4)).RunToEnd();
        _bench.Space.Mmap(4 << 12, Protection.ReadWrite, MapFlags.Fixed, ClientBench.Page(0)).RunToEnd();
        _bench.Space.Write(ClientBench.Page(0), BitConverter.GetBytes(1UL)).RunToEnd();
    }

    [Test]
    public void The_page_that_the_CPU_maps_is_fresh() =>
        Assert.That(Judge(Entry()), Is.EqualTo(AccessOutcome.Fresh));

    [Test]
    public void A_page_that_was_unmapped_and_freed_is_foreign()
    {
        var entry = Entry();

        _bench.Space.Munmap(ClientBench.Range(0, 1)).RunToEnd();

        Assert.That(Judge(entry), Is.EqualTo(AccessOutcome.Foreign));
    }

    [Test]
    public void A_page_that_another_process_still_has_is_stale_after_the_copy()
    {
        var entry = Entry();
        _bench.Space.Fork().RunToEnd();

        _bench.Space.Write(ClientBench.Page(0).Add(8), new byte[8]).RunToEnd();
        var same = Judge(entry);
        _bench.Space.Write(ClientBench.Page(0), BitConverter.GetBytes(2UL)).RunToEnd();

        Assert.That(same, Is.EqualTo(AccessOutcome.StaleEqual));
        Assert.That(Judge(entry), Is.EqualTo(AccessOutcome.Stale));
    }

    [Test]
    public void A_write_through_an_entry_that_the_CPU_has_made_read_only_is_stale()
    {
        var entry = Entry();

        _bench.Space.Mprotect(ClientBench.Range(0, 1), Protection.Read).RunToEnd();

        Assert.That(Judge(entry, isWrite: true), Is.EqualTo(AccessOutcome.Stale));
        Assert.That(Judge(entry), Is.EqualTo(AccessOutcome.Fresh));
    }

    [Test]
    public void While_an_operation_runs_the_page_of_before_is_right_too()
    {
        var entry = Entry();
        var migrate = _bench.Space.Migrate(ClientBench.Range(0, 1));
        while (migrate.Steps.MoveNext() && migrate.Steps.Current.Kind != PreemptionKind.PageCopied)
        {
        }

        var during = Judge(entry);
        migrate.RunToEnd();

        Assert.That(during, Is.EqualTo(AccessOutcome.Concurrent));
        Assert.That(Judge(entry), Is.EqualTo(AccessOutcome.Foreign));
    }

    // L6: T0 has cleared the entry and is preempted; T1 has mapped another page there and returned.
    [Test]
    public void What_another_operation_has_mapped_since_ends_the_right_to_the_page_of_before()
    {
        var entry = Entry();
        var drop = _bench.Space.MadviseDontneed(ClientBench.Range(0, 1));
        while (drop.Steps.MoveNext() && !(drop.Steps.Current is { Kind: PreemptionKind.LockDropped, Site: "zap_pte_range" }))
        {
        }

        var before = Judge(entry);
        _bench.Space.Write(ClientBench.Page(0), BitConverter.GetBytes(2UL)).RunToEnd();

        Assert.That(before, Is.EqualTo(AccessOutcome.Concurrent));
        Assert.That(Judge(entry), Is.EqualTo(AccessOutcome.Stale));
        drop.RunToEnd();
    }

    private ShadowEntry Entry()
    {
        _bench.Space.Tables.TryWalk(ClientBench.Page(0), out var walk);
        return new ShadowEntry(walk.Page, walk.IsWritable, _bench.Oracle.GenerationOf(walk.Page));
    }

    private AccessOutcome Judge(ShadowEntry entry, bool isWrite = false) =>
        _bench.Oracle.Judge(_bench.Space, ClientBench.Page(0), entry, isWrite);
}
