using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Huge pages that are unmapped by another CPU while they move: what stands for them must go, too.</summary>
[TestFixtureSource(nameof(_profiles))]
public sealed class MigrationRaceTests(string profile)
{
    private static readonly string[] _profiles = ["linux-6.1", "linux-6.6", "linux-6.12"];
    private static readonly VirtualRange _huge = VirtualRange.OfSize(new(0x10_0000_0000), 2 << 20);

    /// <summary>Where the migration stands when munmap begins.</summary>
    public enum Stand
    {
        EntryIsEmpty,
        EntryStandsForIt,
        PageIsCopied,
    }

    [Test]
    public void A_huge_page_that_is_unmapped_while_it_moves_does_not_come_back(
        [Values(PageSizeHint.Hugetlb, PageSizeHint.TransparentHuge)] PageSizeHint pages, [Values] Stand stand)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Find(profile)!);
        mm.Mmap(4096, Protection.ReadWrite, at: new(0x8_0000_0000)).RunToEnd();
        mm.Write(new(0x8_0000_0000), new byte[] { 1 }).RunToEnd();
        var free = mm.Memory.FreeFrames;
        var migrate = Begin(mm, pages, stand);

        Finish(mm.Munmap(_huge), migrate);

        Assert.That(mm.Tables.TryWalk(_huge.Start, out _), Is.False);
        Assert.That(mm.Memory.FreeFrames, Is.EqualTo(free));
    }

    [Test]
    public void The_half_that_stays_is_moved_and_the_other_is_gone([Values] Stand stand)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Find(profile)!);
        var migrate = Begin(mm, PageSizeHint.TransparentHuge, stand);

        Finish(mm.Munmap(VirtualRange.OfSize(_huge.Start, 1 << 20)), migrate);

        Assert.That(mm.Tables.TryWalk(_huge.Start, out _), Is.False);
        Assert.That(mm.Read(_huge.Start.Add((1 << 20) + 5), 1).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 7 }));
    }

    [Test]
    public void Who_touches_a_page_that_moves_waits_and_has_the_new_one(
        [Values(PageSizeHint.Hugetlb, PageSizeHint.TransparentHuge)] PageSizeHint pages,
        [Values(Stand.EntryStandsForIt, Stand.PageIsCopied)] Stand stand,
        [Values("load", "store", "pin")] string touch)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Find(profile)!);
        var migrate = Begin(mm, pages, stand);
        var at = _huge.Start.Add((1 << 20) + 5);
        var toucher = touch switch
        {
            "load" => mm.Read(at, 1),
            "store" => mm.Write(at, new byte[] { 7 }),
            _ => mm.PinPages(VirtualRange.OfSize(at, 1)),
        };

        Finish(toucher, migrate);

        Assert.That(mm.Tables.TryWalk(_huge.Start, out var walk) && walk.SizeShift == 21, Is.True);
        Assert.That(mm.Read(at, 1).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 7 }));
        Assert.That(toucher.PinnedPages, Has.Count.EqualTo(touch == "pin" ? 1 : 0));
    }

    [Test]
    public void A_page_that_moves_while_its_protection_changes_has_the_new_protection(
        [Values(PageSizeHint.Hugetlb, PageSizeHint.TransparentHuge)] PageSizeHint pages)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Find(profile)!);
        var migrate = Begin(mm, pages, Stand.PageIsCopied);

        mm.Mprotect(_huge, Protection.Read).RunToEnd();
        migrate.RunToEnd();

        Assert.That(mm.Tables.TryWalk(_huge.Start, out var walk) && walk.Entry is { IsPresent: true, IsWritable: false }, Is.True);
        Assert.That(mm.Read(_huge.Start.Add((1 << 20) + 5), 1).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 7 }));
        Assert.That(mm.Write(_huge.Start, new byte[] { 1 }).RunToEnd().Signal, Is.EqualTo(Signal.Segv));
    }

    [Test]
    public void A_store_that_copies_a_shared_hugetlb_page_and_its_migration_both_end()
    {
        var isStoring = true;
        for (var ahead = 0; isStoring; ahead++)
        {
            var isMoving = true;
            for (var moved = 0; isMoving; moved++)
            {
                var mm = MemoryBench.NewSpace(KernelProfile.Find(profile)!);
                mm.Mmap(2 << 20, Protection.ReadWrite, at: _huge.Start, pageSize: PageSizeHint.Hugetlb).RunToEnd();
                mm.Write(_huge.Start.Add(5), new byte[] { 7 }).RunToEnd();
                var child = mm.Fork().RunToEnd().Child!;
                var store = mm.Write(_huge.Start, new byte[] { 1 });
                var migrate = mm.Migrate(_huge);
                isStoring = Interleaving.Advance(store, ahead);
                isMoving = Interleaving.Advance(migrate, moved);

                Finish(store, migrate);

                Assert.That(mm.Read(_huge.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
                Assert.That(child.Read(_huge.Start, 1).RunToEnd().Bytes.Span[0], Is.Zero);
                Assert.That(child.Read(_huge.Start.Add(5), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(7));
            }
        }
    }

    private static CpuOperation Begin(AddressSpace mm, PageSizeHint pages, Stand stand)
    {
        mm.Mmap(2 << 20, Protection.ReadWrite, at: _huge.Start, pageSize: pages).RunToEnd();
        mm.Write(_huge.Start.Add((1 << 20) + 5), new byte[] { 7 }).RunToEnd();
        Assert.That(mm.Tables.TryWalk(_huge.Start, out var walk) && walk.SizeShift == 21, Is.True);
        var migrate = mm.Migrate(_huge);
        if (stand == Stand.PageIsCopied)
        {
            Interleaving.RunUntil(migrate, PreemptionKind.PageCopied);
            return migrate;
        }

        do
        {
            Assert.That(migrate.Steps.MoveNext(), Is.True);
        }
        while (mm.Tables.TryWalk(_huge.Start, out _));

        for (var i = 0; i < 100 && stand == Stand.EntryStandsForIt && migrate.Context.PageTableLocks > 0; i++)
        {
            Assert.That(migrate.Steps.MoveNext(), Is.True);
        }

        return migrate;
    }

    // Whoever waits lets the other go on.
    private static void Finish(CpuOperation unmap, CpuOperation migrate)
    {
        var isMigrating = true;
        var turns = 0;
        while (unmap.Steps.MoveNext())
        {
            Assert.That(++turns, Is.LessThan(100_000), "the two wait for each other for ever");
            isMigrating = isMigrating && (unmap.Steps.Current.Kind != PreemptionKind.LockWait || migrate.Steps.MoveNext());
        }

        migrate.RunToEnd();
    }
}
