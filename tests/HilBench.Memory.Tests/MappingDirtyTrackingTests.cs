using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>A driver that has to know what is written to a shared mapping.</summary>
public sealed class MappingDirtyTrackingTests
{
    [TestCase("linux-5.5", true)]
    [TestCase("linux-6.1", true)]
    [TestCase("linux-6.12", false)]
    public void Each_mapping_is_told_for_its_own_part_and_flushed_before_the_end(string profile, bool isToldAtEnd)
    {
        var bench = new DeviceBench(profile);
        var (file, first, second) = Two(bench);
        bench.Mm.Write(first.Start.Add(0x2000), new byte[] { 1 }).RunToEnd();
        bench.Mm.Write(second.Start.Add(0x3000), new byte[] { 1 }).RunToEnd();
        bench.Register();

        var op = bench.Mm.TrackSharedWrites(file, 0x1000, 0x3000).RunToEnd();

        var other = second.Start.Value - first.Start.Value;
        Assert.That(op.WrittenOffsets, Is.EqualTo(new[] { 0x2000UL, 0x3000UL }));
        string[] expected = isToldAtEnd
            ?
            [
                "start 0x1000 0x4000 ProtectionPage", "inv 0x1000 0x4000", "end 0x1000 0x4000",
                $"start 0x{other + 0x1000:x} 0x{other + 0x4000:x} ProtectionPage",
                $"inv 0x{other + 0x1000:x} 0x{other + 0x4000:x}", $"end 0x{other + 0x1000:x} 0x{other + 0x4000:x}",
            ]
            :
            [
                "start 0x1000 0x4000 ProtectionPage", "inv 0x2000 0x3000", "end 0x1000 0x4000",
                $"start 0x{other + 0x1000:x} 0x{other + 0x4000:x} ProtectionPage",
                $"inv 0x{other + 0x3000:x} 0x{other + 0x4000:x}", $"end 0x{other + 0x1000:x} 0x{other + 0x4000:x}",
            ];
        Assert.That(bench.Calls, Is.EqualTo(expected));
    }

    [Test]
    public void A_store_after_it_faults_and_is_found_by_the_next_search()
    {
        var bench = new DeviceBench("linux-6.1");
        var (file, first, _) = Two(bench);
        bench.Mm.Write(first.Start, new byte[] { 1 }).RunToEnd();
        bench.Mm.TrackSharedWrites(file, 0, 0x4000).RunToEnd();
        Assert.That(bench.EntryAt(first.Start).IsWritable, Is.False);

        bench.Mm.Write(first.Start, new byte[] { 2 }).RunToEnd();

        Assert.That(bench.Mm.TrackSharedWrites(file, 0, 0x4000).RunToEnd().WrittenOffsets, Is.EqualTo(new[] { 0UL }));
    }

    [Test]
    public void Recording_makes_dirty_pages_clean_and_leaves_them_writable()
    {
        var bench = new DeviceBench("linux-6.12");
        var (file, first, _) = Two(bench);
        bench.Mm.Write(first.Start, new byte[] { 1 }).RunToEnd();

        var op = bench.Mm.TrackSharedWrites(file, 0, 0x4000, records: true).RunToEnd();

        Assert.That(op.WrittenOffsets, Is.EqualTo(new[] { 0UL }));
        Assert.That(bench.EntryAt(first.Start).IsWritable && !bench.EntryAt(first.Start).IsDirty, Is.True);
    }

    [Test]
    public void A_kernel_before_5_5_has_no_such_thing() =>
        Assert.That(new DeviceBench("linux-5.4") is var bench
            && bench.Mm.TrackSharedWrites(bench.Kernel.CreateFile("f", 4096), 0, 4096).RunToEnd().Errno == -22, Is.True);

    private static (MemoryFile File, VirtualRange First, VirtualRange Second) Two(DeviceBench bench)
    {
        var file = bench.Kernel.CreateFile("shared", 4 * 4096);
        return (file, bench.Map(4, file: file, flags: MapFlags.Shared),
            bench.Map(4, file: file, flags: MapFlags.Shared));
    }
}
