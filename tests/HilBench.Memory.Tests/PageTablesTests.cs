using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

public sealed class PageTablesTests
{
    private static readonly VirtualAddress _at = new(0x10_0000_0000);

    [TestCase(4)]
    [TestCase(5)]
    public void A_page_is_found_at_every_depth_of_tables(int levels)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61, levels: levels);
        var at = levels == 5 ? new VirtualAddress(0x12_3456_7800_0000) : _at;
        mm.Mmap(0x2000, Protection.ReadWrite, at: at).RunToEnd();
        mm.Write(at.Add(0x1008), new byte[] { 5 }).RunToEnd();

        Assert.That(mm.Tables.TryWalk(at.Add(0x1008), out var walk), Is.True);
        Assert.That(walk.SizeShift, Is.EqualTo(12));
        Assert.That(mm.Memory.ReadUInt64(walk.Translate(at.Add(0x1008))), Is.EqualTo(5));
        Assert.That(mm.Tables.TryWalk(at, out _), Is.False);
    }

    [Test]
    public void Addresses_above_user_space_are_not_present()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);

        Assert.That(mm.Tables.UserEnd.Value, Is.EqualTo(0x8000_0000_0000));
        Assert.That(mm.Tables.TryWalk(mm.Tables.UserEnd, out _), Is.False);
    }

    [Test]
    public void A_transparent_huge_page_is_one_leaf_of_2_MiB()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(2 << 20, Protection.ReadWrite, at: _at, pageSize: PageSizeHint.TransparentHuge).RunToEnd();

        mm.Write(_at.Add(0x12345), new byte[] { 1 }).RunToEnd();

        mm.Tables.TryWalk(_at, out var walk);
        Assert.That((walk.SizeShift, walk.Page.Value % (2 << 20)), Is.EqualTo((21, 0UL)));
    }

    [Test]
    public void A_gigantic_page_is_one_leaf_of_1_GiB_and_goes_back_whole()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61, 4UL << 30);
        mm.Mmap(1 << 30, Protection.ReadWrite, at: _at, pageSize: PageSizeHint.Gigantic).RunToEnd();
        mm.Read(_at, 1).RunToEnd();
        var free = mm.Memory.FreeFrames;

        mm.Tables.TryWalk(_at.Add(0x3FFF_F000), out var walk);
        mm.Munmap(VirtualRange.OfSize(_at, 1 << 30)).RunToEnd();

        Assert.That(walk.SizeShift, Is.EqualTo(30));
        Assert.That(mm.Memory.FreeFrames, Is.GreaterThanOrEqualTo(free + (1UL << 18)));
    }

    [Test]
    public void A_private_gigantic_page_is_copied_whole_on_the_first_write_after_fork()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61, 4UL << 30);
        mm.Mmap(1 << 30, Protection.ReadWrite, at: _at, pageSize: PageSizeHint.Gigantic).RunToEnd();
        mm.Write(_at.Add(8192), new byte[] { 7 }).RunToEnd();
        var child = mm.Fork().RunToEnd().Child!;
        var tlb = new SlowTlb();
        mm.Register(tlb).RunToEnd();

        mm.Write(_at, new byte[] { 1 }).RunToEnd();

        Assert.That(mm.Read(_at.Add(8192), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(7));
        Assert.That(child.Read(_at, 1).RunToEnd().Bytes.Span[0], Is.Zero);
        Assert.That(tlb.Calls, Has.All.EqualTo((_at.Value, _at.Value + (1UL << 30))));
        Assert.That(mm.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void Swap_entries_have_the_bits_of_Linux_on_x86()
    {
        Assert.That(PageTableEntry.OfSwap(SwapType.Swap, 1).Value, Is.EqualTo(0x07FF_FFFF_FFFF_FC00));
        var entry = PageTableEntry.OfSwap(SwapType.MigrationWrite, 0x12345);
        Assert.That((entry.SwapType, entry.SwapOffset, entry.IsPresent, entry.IsSwap),
            Is.EqualTo((SwapType.MigrationWrite, 0x12345UL, false, true)));
    }

    [Test]
    public void A_walk_allocates_nothing()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(4096, Protection.ReadWrite, at: _at).RunToEnd();
        mm.Write(_at, new byte[] { 1 }).RunToEnd();
        mm.Tables.TryWalk(_at, out _);

        var allocated = Allocation.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                mm.Tables.TryWalk(_at, out _);
            }
        });

        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void When_a_process_ends_every_frame_but_its_top_table_comes_back()
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        var free = mm.Memory.FreeFrames;
        mm.Mmap(4 << 20, Protection.ReadWrite, at: _at, pageSize: PageSizeHint.TransparentHuge).RunToEnd();
        mm.Write(_at, new byte[] { 1 }).RunToEnd();
        mm.Mmap(0x10000, Protection.ReadWrite, at: _at.Add(8 << 20)).RunToEnd();
        mm.Touch(VirtualRange.OfSize(_at.Add(8 << 20), 0x10000), forWrite: true).RunToEnd();
        mm.Munmap(VirtualRange.OfSize(_at, 0x3000)).RunToEnd();
        var child = mm.Fork().RunToEnd().Child!;
        child.Write(_at.Add(0x5000), new byte[] { 1 }).RunToEnd();

        mm.Exit().RunToEnd();
        child.Exit().RunToEnd();

        // The child's top table stays too.
        Assert.That(mm.Memory.FreeFrames, Is.EqualTo(free - 1));
    }
}
