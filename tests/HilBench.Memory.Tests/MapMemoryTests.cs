using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

public sealed class MapMemoryTests
{
    [TestCase(4, 0x7FFF_0000_0000UL)]
    [TestCase(5, 0xFF_FFFF_0000_0000UL)]
    public void A_page_at_the_upper_end_of_user_space_is_found_by_the_reverse_map(int levels, ulong address)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61, levels: levels);
        var range = VirtualRange.OfSize(new(address), 4096);
        mm.Mmap(4096, Protection.ReadWrite, at: range.Start).RunToEnd();
        mm.Write(range.Start, new byte[] { 5 }).RunToEnd();
        mm.Tables.TryWalk(range.Start, out var before);

        mm.Migrate(range).RunToEnd();

        Assert.That(mm.Tables.TryWalk(range.Start, out var after), Is.True);
        Assert.That(after.Page, Is.Not.EqualTo(before.Page));
        Assert.That(mm.Read(range.Start, 1).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 5 }));
    }

    [Test]
    public void A_store_to_anonymous_memory_is_read_back_and_lies_in_a_writable_dirty_page()
    {
        var mm = NewSpace();
        var map = mm.Mmap(0x10000, Protection.ReadWrite).RunToEnd();

        mm.Write(map.Range.Start.Add(0x1234), new byte[] { 1, 2, 3 }).RunToEnd();
        var read = mm.Read(map.Range.Start.Add(0x1234), 3).RunToEnd();

        Assert.That(read.Bytes.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(mm.Tables.TryWalk(map.Range.Start.Add(0x1000), out var walk), Is.True);
        Assert.That(walk.IsWritable && walk.Entry.IsDirty && !walk.IsExecutable, Is.True);
    }

    [Test]
    public void An_access_to_unmapped_memory_raises_a_segmentation_fault()
    {
        var mm = NewSpace();
        var map = mm.Mmap(0x10000, Protection.ReadWrite).RunToEnd();
        mm.Write(map.Range.Start, new byte[] { 1 }).RunToEnd();

        mm.Munmap(map.Range).RunToEnd();
        var read = mm.Read(map.Range.Start, 1).RunToEnd();

        Assert.That(read.Signal, Is.EqualTo(Signal.Segv));
        Assert.That(read.SignalCode, Is.EqualTo(1));
    }

    [Test]
    public void Mremap_of_a_part_of_a_hugetlb_page_moves_the_whole_page()
    {
        var mm = NewSpace();
        var from = new VirtualAddress(0x10_0000_0000);
        var to = new VirtualAddress(0x20_0000_0000);
        mm.Mmap(2 << 20, Protection.ReadWrite, at: from, pageSize: PageSizeHint.Hugetlb).RunToEnd();
        mm.Write(from.Add(0x5000), new byte[] { 9 }).RunToEnd();

        var move = mm.Mremap(VirtualRange.OfSize(from, 4096), 4096, to).RunToEnd();

        Assert.That(move.Errno, Is.Zero);
        Assert.That(mm.Read(from.Add(0x5000), 1).RunToEnd().Signal, Is.EqualTo(Signal.Segv));
        Assert.That(mm.Read(to.Add(0x5000), 1).RunToEnd().Bytes.ToArray(), Is.EqualTo(new byte[] { 9 }));
        Assert.That(mm.Exit().RunToEnd().Errno, Is.Zero);
    }

    [Test]
    public void A_freed_frame_is_handed_out_again_first_with_another_identity()
    {
        var mm = NewSpace();
        var first = mm.Mmap(4096, Protection.ReadWrite).RunToEnd().Range;
        mm.Write(first.Start, new byte[] { 7 }).RunToEnd();
        mm.Tables.TryWalk(first.Start, out var before);
        var identity = mm.Memory.IdentityOf(before.Page);
        var second = mm.Mmap(4096, Protection.ReadWrite, at: new(0x10_0000_0000)).RunToEnd().Range;
        mm.Read(second.Start, 1).RunToEnd();

        mm.Munmap(first).RunToEnd();
        mm.Write(second.Start, new byte[] { 8 }).RunToEnd();

        mm.Tables.TryWalk(second.Start, out var after);
        Assert.That(after.Page, Is.EqualTo(before.Page));
        Assert.That(mm.Memory.IdentityOf(after.Page), Is.Not.EqualTo(identity));
    }

    private static AddressSpace NewSpace() => MemoryBench.NewSpace(KernelProfile.Default);
}
