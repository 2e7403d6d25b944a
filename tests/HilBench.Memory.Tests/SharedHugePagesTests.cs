using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Huge pages of shared memory: mapped whole, dropped by a split, found again by base pages.</summary>
public sealed class SharedHugePagesTests
{
    private const ulong Huge = 2UL << 20;
    private static readonly VirtualAddress _base = new(0x10_0000_0000);

    [Test]
    public void A_store_to_shared_memory_with_madvise_HUGEPAGE_maps_a_huge_page()
    {
        var mm = Mapped(givesHugePages: true, out _);

        mm.Write(_base.Add(0x5000), new byte[] { 1 }).RunToEnd();

        Assert.That(mm.Tables.TryWalk(_base, out var walk), Is.True);
        Assert.That(walk.SizeShift, Is.EqualTo(21));
    }

    [Test]
    public void Without_the_mount_option_base_pages_are_mapped()
    {
        var mm = Mapped(givesHugePages: false, out _);

        mm.Write(_base, new byte[] { 1 }).RunToEnd();

        Assert.That(mm.Tables.TryWalk(_base, out var walk), Is.True);
        Assert.That(walk.SizeShift, Is.EqualTo(12));
    }

    [Test]
    public void A_split_drops_the_entry_and_the_next_load_maps_parts_of_the_same_page()
    {
        var mm = Mapped(givesHugePages: true, out _);
        mm.Write(_base.Add(0x5000), new byte[] { 7 }).RunToEnd();

        mm.Mprotect(VirtualRange.OfSize(_base.Add(0x40000), 4096), Protection.Read).RunToEnd();

        Assert.That(mm.Tables.TryWalk(_base, out _), Is.False);
        Assert.That(mm.Read(_base.Add(0x5000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(7));
        Assert.That(mm.Tables.TryWalk(_base.Add(0x5000), out var walk), Is.True);
        Assert.That(walk.SizeShift, Is.EqualTo(12));
        Assert.That(mm.Kernel.Memory.OrderOf(walk.Page), Is.EqualTo(9));
    }

    [Test]
    public void A_hole_in_a_huge_page_splits_it_and_reads_zero()
    {
        var mm = Mapped(givesHugePages: true, out var file);
        mm.Write(_base.Add(0x5000), new byte[] { 7 }).RunToEnd();
        mm.Write(_base.Add(0x6000), new byte[] { 8 }).RunToEnd();

        mm.FilePunch(file, 0x5000, 0x1000).RunToEnd();

        Assert.That(mm.Read(_base.Add(0x5000), 1).RunToEnd().Bytes.Span[0], Is.Zero);
        Assert.That(mm.Read(_base.Add(0x6000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(8));
        Assert.That(mm.Tables.TryWalk(_base.Add(0x6000), out var walk), Is.True);
        Assert.That(mm.Kernel.Memory.OrderOf(walk.Page), Is.Zero);
    }

    [Test]
    public void Collapse_keeps_the_contents_and_maps_one_huge_page()
    {
        var mm = Mapped(givesHugePages: false, out _);
        mm.Write(_base.Add(0x5000), new byte[] { 7 }).RunToEnd();

        var op = mm.Madvise(VirtualRange.OfSize(_base, Huge), Advice.Collapse).RunToEnd();

        Assert.That(op.Errno, Is.Zero);
        Assert.That(mm.Read(_base.Add(0x5000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(7));
        Assert.That(mm.Tables.TryWalk(_base, out var walk), Is.True);
        Assert.That(walk.SizeShift, Is.EqualTo(21));
    }

    [Test]
    public void Everything_is_freed_when_file_and_process_are_gone()
    {
        var mm = Mapped(givesHugePages: true, out var file);
        mm.Write(_base, new byte[] { 7 }).RunToEnd();
        var free = mm.Kernel.Memory.FreeFrames;
        mm.Write(_base.Add(Huge), new byte[] { 7 }).RunToEnd();

        mm.FilePunch(file, Huge, Huge).RunToEnd();
        mm.Munmap(VirtualRange.OfSize(_base.Add(Huge), Huge)).RunToEnd();

        Assert.That(mm.Kernel.Memory.FreeFrames, Is.EqualTo(free));
    }

    private static AddressSpace Mapped(bool givesHugePages, out MemoryFile file)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        file = mm.Kernel.CreateFile("tmpfs", 2 * Huge, FileKind.SharedMemory, givesHugePages);
        mm.Mmap(2 * Huge, Protection.Read | Protection.Write, MapFlags.Shared, _base, file: file).RunToEnd();
        mm.Madvise(VirtualRange.OfSize(_base, 2 * Huge), Advice.HugePage).RunToEnd();
        return mm;
    }
}
