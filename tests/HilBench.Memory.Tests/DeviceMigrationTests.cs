using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>migrate_vma: a driver moves pages, and only the others have to be told.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class DeviceMigrationTests(string profile)
{
    private const ulong Owner = 7;

    [Test]
    public void The_collection_is_told_with_event_and_owner()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 2);
        bench.Register();

        bench.Mm.MigrateVma(range, Owner).RunToEnd();

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x2000 Migrate of 7"));
        Assert.That(bench.Calls.Count(call => call.StartsWith("start", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void A_client_of_another_owner_has_no_translation_when_the_copy_begins()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        bench.Register();
        var op = bench.Mm.MigrateVma(range, Owner);

        while (op.Steps.MoveNext())
        {
            if (op.Steps.Current.Kind == PreemptionKind.PageCopied)
            {
                Assert.That(bench.Calls, Has.Member("inv 0x0 0x1000"));
                Assert.That(bench.FrameAt(range.Start), Is.Zero);
            }
        }

        Assert.That(bench.FrameAt(range.Start), Is.Not.Zero);
    }

    [Test]
    public void Pages_that_a_child_shares_are_unmapped_there_too_and_both_get_the_copy()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 1);
        var child = bench.Mm.Fork().RunToEnd().Child!;
        var old = bench.FrameAt(range.Start);
        bench.Register();

        bench.Mm.MigrateVma(range, Owner).RunToEnd();

        var moved = bench.FrameAt(range.Start);
        Assert.That(moved, Is.Not.EqualTo(old));
        Assert.That(child.Tables.TryWalk(range.Start, out var walk) ? walk.Page.Frame : 0, Is.EqualTo(moved));
        Assert.That(bench.Calls, Has.Member("start 0x0 0x1000 Clear"));
        Assert.That(bench.Mm.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [Test]
    public void A_huge_page_is_split_and_its_parts_migrate()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start.Add(0x5000), new byte[] { 9 }).RunToEnd();
        var before = bench.FramesOf(range);

        var op = bench.Mm.MigrateVma(VirtualRange.OfSize(range.Start.Add(0x5000), 4096), Owner).RunToEnd();

        Assert.That(op.DoneBytes, Is.EqualTo(4096));
        Assert.That(bench.FrameAt(range.Start.Add(0x5000)), Is.Not.EqualTo(before[5]));
        Assert.That(bench.Mm.Read(range.Start.Add(0x5000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(9));
        Assert.That(bench.Kernel.Memory.OrderOf(PhysicalAddress.OfFrame(bench.FrameAt(range.Start.Add(0x5000)))),
            Is.Zero);
    }

    [Test]
    public void The_zero_page_becomes_a_page_of_its_own_with_the_invalidation_before_the_new_entry()
    {
        var bench = new DeviceBench(profile);
        var range = bench.Map(pages: 2);
        bench.Mm.Read(range.Start, 1).RunToEnd();
        bench.Register();

        var op = bench.Mm.MigrateVma(range, Owner).RunToEnd();

        Assert.That(op.DoneBytes, Is.EqualTo(8192));
        var second = bench.Calls.LastIndexOf("start 0x0 0x2000 Migrate of 7");
        Assert.That(bench.Calls[(second + 1)..], Is.EqualTo(new[] { "inv 0x0 0x1000", "end 0x0 0x2000" }));
        Assert.That(bench.EntryAt(range.Start).IsWritable, Is.True);
    }

    [Test]
    public void A_given_up_migration_leaves_every_page_where_it_was()
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(pages: 3);
        var before = bench.FramesOf(range);

        var op = bench.Mm.MigrateVma(range, Owner, aborts: true).RunToEnd();

        Assert.That(bench.FramesOf(range), Is.EqualTo(before));
        Assert.That(op.DoneBytes, Is.Zero);
    }

    [Test]
    public void Pages_of_a_file_migrate_with_their_place_in_the_file()
    {
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("data", 4096, FileKind.Disk);
        bench.Mm.FileWrite(file, 0, new byte[] { 3 }).RunToEnd();
        var range = bench.Map(1, Protection.Read, file);
        bench.Mm.Read(range.Start, 1).RunToEnd();
        var old = bench.FrameAt(range.Start);

        bench.Mm.MigrateVma(range, Owner).RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.Not.EqualTo(old));
        Assert.That(file.Pages[0], Is.EqualTo(bench.FrameAt(range.Start)));
    }
}
