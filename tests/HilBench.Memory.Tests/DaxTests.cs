using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Persistent memory that is mapped directly: write-protected before it counts as written back.</summary>
public sealed class DaxTests
{
    [TestCase("linux-4.13", "Unmap", new[] { "inv 0x0 0x1000", "inv 0x0 0x1000" })]
    [TestCase("linux-5.5", "Clear", new[] { "inv 0x0 0x1000" })]
    [TestCase("linux-6.1", "ProtectionPage", new[] { "inv 0x0 0x1000" })]
    [TestCase("linux-6.12", "ProtectionPage", new[] { "inv 0x0 0x1000" })]
    public void A_sync_write_protects_the_page_and_tells_it(string profile, string reason, string[] invalidations)
    {
        var (bench, file, range) = Written(profile);
        bench.Register();

        bench.Mm.FileSync(file).RunToEnd();

        Assert.That(bench.Calls, Is.EqualTo(
            (string[])[$"start 0x0 0x1000 {reason}", .. invalidations, "end 0x0 0x1000"]));
        Assert.That(bench.EntryAt(range.Start).IsWritable || bench.EntryAt(range.Start).IsDirty, Is.False);
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void A_store_after_the_sync_faults_so_that_the_next_sync_knows_of_it(string profile)
    {
        var (bench, file, range) = Written(profile);
        bench.Mm.FileSync(file).RunToEnd();

        bench.Mm.Write(range.Start, new byte[] { 8 }).RunToEnd();
        bench.Register();
        bench.Mm.FileSync(file).RunToEnd();

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x1000 ProtectionPage"));
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void The_memory_neither_moves_nor_is_reclaimed_and_no_driver_can_migrate_it(string profile)
    {
        var (bench, _, range) = Written(profile);
        var frame = bench.FrameAt(range.Start);

        bench.Mm.Migrate(range).RunToEnd();
        bench.Mm.Madvise(range, Advice.PageOut).RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.EqualTo(frame));
        Assert.That(bench.Mm.MigrateVma(range, owner: 1).RunToEnd().Errno, Is.EqualTo(-22));
    }

    private static (DeviceBench Bench, MemoryFile File, VirtualRange Range) Written(string profile)
    {
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("pmem", 4096, FileKind.Dax);
        var range = bench.Map(1, file: file, flags: MapFlags.Shared);
        bench.Mm.Write(range.Start, new byte[] { 7 }).RunToEnd();
        return (bench, file, range);
    }
}
