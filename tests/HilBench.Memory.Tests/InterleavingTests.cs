using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Operations that run against each other, point by point.</summary>
public sealed class InterleavingTests
{
    private static readonly VirtualRange _page = VirtualRange.OfSize(new(0x10_0000_0000), 4096);

    [Test]
    public void A_copying_write_fault_waits_under_the_page_table_lock_for_the_device_and_writes_the_entry_only_then()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        MapAndFork(mm);
        var tlb = new SlowTlb { AnswersAtOnce = false };
        mm.Register(tlb).RunToEnd();
        mm.Tables.TryWalk(_page.Start, out var before);
        var write = mm.Write(_page.Start, new byte[] { 2 });

        Interleaving.RunUntil(write, PreemptionKind.WaitForDevice);

        Assert.That(write.Context.PageTableLocks, Is.EqualTo(1));
        Assert.That(mm.Tables.TryWalk(_page.Start, out _), Is.False);
        Assert.That(tlb.Calls, Is.EqualTo(new[] { (_page.Start.Value, _page.End.Value) }));
        tlb.IsSettled = true;
        write.RunToEnd();
        mm.Tables.TryWalk(_page.Start, out var after);
        Assert.That(after.Page, Is.Not.EqualTo(before.Page));
    }

    [Test]
    public void A_device_that_never_answers_is_told_apart_from_a_long_operation()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        MapAndFork(mm);
        mm.Register(new SlowTlb { AnswersAtOnce = false }).RunToEnd();

        var write = mm.Write(_page.Start, new byte[] { 2 });

        Assert.That(() => write.RunToEnd(), Throws.InvalidOperationException.With.Message.Contains("WaitForDevice"));
    }

    [Test]
    public void A_fault_waits_while_munmap_holds_the_mmap_lock_and_then_finds_nothing()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        var unmap = mm.Munmap(_page);
        Interleaving.RunUntil(unmap, PreemptionKind.LockTaken);
        var read = mm.Read(_page.Start, 1);

        Interleaving.RunUntil(read, PreemptionKind.LockWait);
        Assert.That(read.Steps.MoveNext() && read.Steps.Current.Kind == PreemptionKind.LockWait, Is.True);
        unmap.RunToEnd();
        read.RunToEnd();

        Assert.That((read.Signal, read.SignalCode), Is.EqualTo((Signal.Segv, 1)));
    }

    [Test]
    public void Two_faults_on_one_page_leave_one_page_and_free_the_other()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        var first = mm.Write(_page.Start, new byte[] { 1 });
        var second = mm.Write(_page.Start.Add(1), new byte[] { 2 });

        Interleaving.RunUntil(first, PreemptionKind.LockTaken, "do_anonymous_page");
        Interleaving.RunUntil(second, PreemptionKind.LockWait);
        first.RunToEnd();
        var free = mm.Memory.FreeFrames;
        second.RunToEnd();

        Assert.That(mm.Read(_page.Start, 2).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(mm.Memory.FreeFrames, Is.EqualTo(free + 1));
    }

    [Test]
    public void A_write_waits_for_the_end_of_a_migration_and_lands_in_the_new_page()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        mm.Write(_page.Start, new byte[] { 1 }).RunToEnd();
        mm.Tables.TryWalk(_page.Start, out var before);
        var migrate = mm.Migrate(_page);
        Interleaving.RunUntil(migrate, PreemptionKind.PageCopied);
        var write = mm.Write(_page.Start.Add(8), new byte[] { 9 });

        Interleaving.RunUntil(write, PreemptionKind.LockWait);
        migrate.RunToEnd();
        write.RunToEnd();

        mm.Tables.TryWalk(_page.Start, out var after);
        Assert.That(after.Page, Is.Not.EqualTo(before.Page));
        Assert.That(mm.Read(_page.Start, 9).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 1, 0, 0, 0, 0, 0, 0,
            0, 9 }));
    }

    [Test]
    public void A_fault_on_a_page_that_migrates_sleeps_and_does_not_go_round()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        mm.Write(_page.Start, new byte[] { 1 }).RunToEnd();
        var migrate = mm.Migrate(_page);
        Interleaving.RunUntil(migrate, PreemptionKind.PageCopied);
        var write = mm.Write(_page.Start, new byte[] { 9 });
        Interleaving.RunUntil(write, PreemptionKind.LockWait);

        for (var i = 0; i < 20; i++)
        {
            Assert.That(write.Steps.MoveNext(), Is.True);
            Assert.That(write.Steps.Current.Site, Is.EqualTo("migration_entry_wait"));
        }

        migrate.RunToEnd();
        write.RunToEnd();
    }

    [Test]
    public void A_hole_in_a_file_waits_for_a_page_that_migrates_and_leaves_no_migration_entry()
    {
        var bench = new DeviceBench("linux-6.1");
        var file = bench.Kernel.CreateFile("f", 4096);
        var range = bench.Map(1, file: file, flags: MapFlags.Shared);
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        var punch = bench.Mm.FilePunch(file, 0, 4096);
        Interleaving.RunUntil(punch, PreemptionKind.EntryChanged, "zap_pte_range");
        Interleaving.RunUntil(punch, PreemptionKind.LockDropped);
        var write = bench.Mm.Write(range.Start, new byte[] { 2 });
        write.RunToEnd();
        var migrate = bench.Mm.Migrate(range);
        Interleaving.RunUntil(migrate, PreemptionKind.EntryChanged, "try_to_unmap_one");

        Interleaving.RunUntil(punch, PreemptionKind.LockWait);
        migrate.RunToEnd();
        punch.RunToEnd();

        Assert.That(MigrationEntry.IsMigration(bench.EntryAt(range.Start)), Is.False);
    }

    [Test]
    public void A_fork_waits_for_a_walk_over_the_mappings_of_a_page_and_the_child_gets_no_migration_entry()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        mm.Write(_page.Start, new byte[] { 1 }).RunToEnd();
        var migrate = mm.Migrate(_page);
        Interleaving.RunUntil(migrate, PreemptionKind.EntryChanged, "try_to_unmap_one");
        var fork = mm.Fork();

        Interleaving.RunUntil(fork, PreemptionKind.LockWait);
        migrate.RunToEnd();
        fork.RunToEnd();

        Assert.That(fork.Child!.Read(_page.Start, 1).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public void A_mapping_moves_only_after_a_walk_over_the_mappings_of_its_page_and_takes_no_migration_entry_along()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        mm.Write(_page.Start, new byte[] { 1 }).RunToEnd();
        var migrate = mm.Migrate(_page);
        Interleaving.RunUntil(migrate, PreemptionKind.PageCopied);
        Interleaving.RunUntil(migrate, PreemptionKind.EntryChanged);
        var move = mm.Mremap(_page, 8192, to: _page.Start.Add(0x20_0000));

        Interleaving.RunUntil(move, PreemptionKind.LockWait);
        migrate.RunToEnd();
        move.RunToEnd();

        Assert.That(mm.Read(_page.Start.Add(0x20_0000), 1).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public void A_fault_that_goes_round_without_end_is_a_bug_that_names_operation_address_and_entry()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        var write = mm.Write(_page.Start, new byte[] { 1 });

        Assert.That(
            () =>
            {
                // Another CPU takes the page away each time.
                while (write.Steps.MoveNext())
                {
                    if (write.Steps.Current.Kind == PreemptionKind.LockDropped)
                    {
                        mm.MadviseDontneed(_page).RunToEnd();
                    }
                }
            },
            Throws.InvalidOperationException.With.Message.EqualTo(
                "bug: Write of mm 1 faults without end: the store to 0x1000000000 was handled 10000 times and still faults, entry 0x0"));
    }

    [Test]
    public void A_split_leaves_a_huge_page_alone_that_a_copy_has_put_there_meanwhile()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux415);
        var huge = VirtualRange.OfSize(new(0x10_0000_0000), 1UL << 21);
        mm.Mmap(huge.SizeBytes, Protection.ReadWrite, at: huge.Start, pageSize: PageSizeHint.TransparentHuge).RunToEnd();
        mm.Write(huge.Start, new byte[] { 1 }).RunToEnd();
        mm.Fork().RunToEnd();
        var split = mm.SplitHuge(huge);
        Interleaving.RunUntil(split, PreemptionKind.LockTaken, "split_huge_page_to_list");

        // The request goes on from address to address, and may come to the new page later.
        mm.Write(huge.Start, new byte[] { 2 }).RunToEnd();
        Interleaving.RunUntil(split, PreemptionKind.BeforeFree, "__split_huge_page");

        Assert.That(mm.Tables.TryWalk(huge.Start, out var walk), Is.True);
        Assert.That(walk.SizeBytes, Is.EqualTo(huge.SizeBytes));
        split.RunToEnd();
        Assert.That(mm.Read(huge.Start, 1).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 2 }));
    }

    [Test]
    public void A_page_freed_without_any_invalidation_is_found_by_the_validator()
    {
        var experiment = KernelProfile.Linux61.With(CallSite.ZapRange, Placement.None);
        Assert.That(FindingsOfDontneed(experiment), Is.EqualTo(new[] { NotifierRule.StaleTranslationAtFree }));
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.6")]
    public void A_page_freed_as_Linux_frees_it_is_good(string profile) =>
        Assert.That(FindingsOfDontneed(KernelProfile.Find(profile)!), Is.Empty);

    [Test]
    public void The_same_operations_write_the_same_journal()
    {
        var first = JournalOf();
        var second = JournalOf();

        Assert.That(second, Is.EqualTo(first));

        static string JournalOf()
        {
            var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
            mm.Register(new SlowTlb()).RunToEnd();
            MapAndFork(mm);
            mm.Write(_page.Start, new byte[] { 3 }).RunToEnd();
            mm.Exit().RunToEnd();
            var journal = mm.Kernel.Journal;
            var lines = Enumerable.Range(0, (int)journal.Count).Select(i => journal[(ulong)i]);
            return string.Join("\n", lines.Select(line => $"{line.Kind} {Convert.ToHexString(line.Payload)}"));
        }
    }

    private static IEnumerable<NotifierRule> FindingsOfDontneed(KernelProfile profile)
    {
        var mm = MemoryBench.NewSpace(profile);
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        mm.Register(new SlowTlb()).RunToEnd();
        mm.Write(_page.Start, new byte[] { 1 }).RunToEnd();
        mm.MadviseDontneed(_page).RunToEnd();
        return mm.Kernel.Validator.Findings.Select(finding => finding.Rule);
    }

    private static void MapAndFork(AddressSpace mm)
    {
        mm.Mmap(4096, Protection.ReadWrite, at: _page.Start).RunToEnd();
        mm.Write(_page.Start, new byte[] { 1 }).RunToEnd();
        mm.Fork().RunToEnd();
    }
}
