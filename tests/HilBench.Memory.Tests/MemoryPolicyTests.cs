using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>mbind, move_pages and what keeps mappings from merging.</summary>
public sealed class MemoryPolicyTests
{
    private const int Fault = -14;
    private const int Busy = -16;

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(3)]
    public void Mbind_over_a_hole_changes_nothing(int hole)
    {
        // queue_pages_test_walk: a hole at the head, in the middle or at the tail is -EFAULT.
        var bench = new DeviceBench("linux-6.12");
        var range = bench.MapWritten(4);
        bench.Mm.Munmap(PagesOf(range, hole, 1)).RunToEnd();
        var before = bench.Mm.Vmas.Select(vma => vma.Range).ToArray();

        var op = bench.Mm.MbindMove(range, node: 1).RunToEnd();

        Assert.That(op.Errno, Is.EqualTo(Fault));
        Assert.That(bench.Mm.Vmas.Select(vma => vma.Range), Is.EqualTo(before));
        Assert.That(NodeAt(bench, range.Start.Add(4096)), Is.Zero);
    }

    [Test]
    public void Mappings_that_are_bound_to_different_nodes_merge_only_when_they_are_bound_to_the_same()
    {
        // vma_merge: mpol_equal.
        var bench = new DeviceBench("linux-6.12");
        var range = bench.MapWritten(4);
        bench.Mm.Mbind(PagesOf(range, 0, 2), node: 0).RunToEnd();
        bench.Mm.Mbind(PagesOf(range, 2, 2), node: 1).RunToEnd();
        var apart = bench.Mm.Vmas.Count;

        bench.Mm.Mbind(PagesOf(range, 0, 2), node: 1).RunToEnd();

        Assert.That(apart, Is.EqualTo(2));
        Assert.That(bench.Mm.Vmas, Has.Count.EqualTo(1));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_page_that_is_faulted_in_comes_from_the_bound_node(bool isShared)
    {
        // get_vma_policy; shared memory remembers it in the object (mpol_set_shared_policy).
        var bench = new DeviceBench("linux-6.12");
        var range = bench.Map(2, flags: isShared ? MapFlags.Shared : MapFlags.None);
        bench.Mm.Mbind(PagesOf(range, 1, 1), node: 1).RunToEnd();

        bench.Mm.Touch(range, forWrite: true).RunToEnd();

        Assert.That(NodeAt(bench, range.Start), Is.Zero);
        Assert.That(NodeAt(bench, range.Start.Add(4096)), Is.EqualTo(1));
    }

    [TestCase("linux-6.1", 2)]
    [TestCase("linux-6.12", 1)]
    public void A_mapping_that_was_writable_stays_charged_up_to_6_6_and_then_does_not_merge_with_one_that_never_was(
        string profile, int mappings)
    {
        // accountable_mapping and mprotect_fixup: VM_ACCOUNT.
        var bench = new DeviceBench(profile);
        var range = bench.Map(4, Protection.Read);
        bench.Mm.Mmap(2 << 12, Protection.ReadWrite, MapFlags.Fixed, range.Start.Add(2 << 12)).RunToEnd();

        bench.Mm.Mprotect(PagesOf(range, 2, 2), Protection.Read).RunToEnd();

        Assert.That(bench.Mm.Vmas, Has.Count.EqualTo(mappings));
    }

    [TestCaseSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
    public void A_second_part_of_a_queued_huge_page_is_busy_and_sends_the_queue_on_its_way(string profile)
    {
        // do_pages_move: add_page_for_migration fails with -EBUSY, the list is migrated, the rest is there already.
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();

        var op = bench.Mm.MovePages(PagesOf(range, 0, 4), node: 1).RunToEnd();

        Assert.That(op.PageStatus, Is.EqualTo(new[] { 1, Busy, 1, 1 }));
        Assert.That(NodeAt(bench, range.Start), Is.EqualTo(1));
    }

    [TestCase("linux-6.1", true)]
    [TestCase("linux-6.12", false)]
    public void A_dirty_page_becomes_soft_dirty_by_being_moved_up_to_6_11(string profile, bool becomesSoftDirty)
    {
        // remove_migration_pte: pte_mkdirty of x86 sets the soft-dirty bit too.
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(1);
        bench.Mm.ClearRefs(4).RunToEnd();

        bench.Mm.MovePages(range, node: 1).RunToEnd();

        var isSoftDirty = (bench.EntryAt(range.Start).Value & PageTableEntry.SoftDirty) != 0;
        Assert.That(isSoftDirty, Is.EqualTo(becomesSoftDirty));
    }

    private static VirtualRange PagesOf(VirtualRange range, int first, int count) =>
        VirtualRange.OfSize(range.Start.Add((ulong)first << 12), (ulong)count << 12);

    private static byte NodeAt(DeviceBench bench, VirtualAddress address) =>
        bench.Kernel.Memory.NodeOf(PhysicalAddress.OfFrame(bench.FrameAt(address)));
}
