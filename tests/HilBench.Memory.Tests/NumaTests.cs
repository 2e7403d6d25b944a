using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>NUMA balancing and placement: what moves, and what notifiers are told of it.</summary>
public sealed class NumaTests
{
    [TestCase("linux-6.1", true)]
    [TestCase("linux-6.12", false)]
    public void A_page_on_the_other_node_loses_its_protection_and_moves_when_it_is_used(string profile, bool keepsWrite)
    {
        var (bench, range) = OnOtherNode(profile, pages: 1);
        var frame = bench.FrameAt(range.Start);
        bench.Register();

        bench.Mm.NumaProtect(range).RunToEnd();
        var isHidden = bench.FrameAt(range.Start) == 0;
        bench.Mm.Read(range.Start, 1).RunToEnd();

        string[] expected = bench.TellsAtEnd
            ? ["start 0x0 0x1000 ProtectionVma", "inv 0x0 0x1000", "end 0x0 0x1000", "inv 0x0 0x1000",
                "start 0x0 0x1000 Clear", "inv 0x0 0x1000", "end 0x0 0x1000"]
            : ["start 0x0 0x1000 ProtectionVma", "end 0x0 0x1000", "inv 0x0 0x1000",
                "start 0x0 0x1000 Clear", "end 0x0 0x1000"];
        Assert.That(bench.Calls, Is.EqualTo(expected));
        Assert.That(isHidden, Is.True);
        Assert.That(bench.FrameAt(range.Start), Is.Not.EqualTo(frame));
        Assert.That(NodeAt(bench, range.Start), Is.Zero);
        Assert.That(bench.EntryAt(range.Start).IsWritable, Is.EqualTo(keepsWrite));
        Assert.That(bench.Mm.Write(range.Start, new byte[] { 2 }).RunToEnd().Signal, Is.EqualTo(Signal.None));
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void A_page_on_the_node_of_the_CPUs_is_left_alone(string profile)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(1);

        bench.Mm.NumaProtect(range).RunToEnd();

        Assert.That(bench.FrameAt(range.Start), Is.Not.Zero);
    }

    [TestCase("linux-4.19", false)]
    [TestCase("linux-5.5", true)]
    public void While_the_flush_of_the_protection_is_pending_only_5_0_and_later_invalidate_before_the_copy(
        string profile, bool isSafe)
    {
        var (bench, range) = OnOtherNode(profile, pages: 512, isHuge: true);
        var tlb = new Teller(NotifierCallbacks.InvalidateSecondaryTlb);
        bench.Mm.Register(tlb).RunToEnd();
        var protect = bench.Mm.NumaProtect(range);
        Run(protect, "change_huge_pmd", PreemptionKind.LockDropped);

        var fault = bench.Mm.Read(range.Start, 1);
        Run(fault, "migrate_misplaced_transhuge_page", PreemptionKind.PageCopied);

        Assert.That(tlb.Calls.Contains("inv 0x0 0x200000"), Is.EqualTo(isSafe));
        fault.RunToEnd();
        protect.RunToEnd();
        Assert.That(NodeAt(bench, range.Start), Is.Zero);
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void Pages_that_are_moved_together_are_all_unmapped_before_the_first_is_copied_from_6_3_on(string profile)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapWritten(2);
        var op = bench.Mm.MovePages(range, node: 1);

        Run(op, "migrate_folio", PreemptionKind.PageCopied);
        var second = bench.FrameAt(range.Start.Add(4096));
        op.RunToEnd();

        Assert.That(second == 0, Is.EqualTo(!bench.TellsAtEnd));
        Assert.That(op.PageStatus, Is.EqualTo(new[] { 1, 1 }));
        Assert.That(NodeAt(bench, range.Start.Add(4096)), Is.EqualTo(1));
    }

    [TestCase("linux-6.1", -14)]
    [TestCase("linux-6.12", -2)]
    public void Move_pages_says_what_became_of_each_page(string profile, int ofEmpty)
    {
        var bench = new DeviceBench(profile);
        var range = bench.Map(3);
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Mm.Read(range.Start.Add(4096), 1).RunToEnd();

        var op = bench.Mm.MovePages(range, node: 1).RunToEnd();

        Assert.That(op.PageStatus, Is.EqualTo(new[] { 1, -14, ofEmpty }), "moved, the zero page, empty");
    }

    private static (DeviceBench Bench, VirtualRange Range) OnOtherNode(string profile, int pages, bool isHuge = false)
    {
        var bench = new DeviceBench(profile);
        var range = isHuge ? bench.MapHuge() : bench.MapWritten(pages);
        bench.Mm.Write(range.Start, new byte[] { 1 }).RunToEnd();
        bench.Mm.MovePages(range, node: 1).RunToEnd();
        Assert.That(NodeAt(bench, range.Start), Is.EqualTo(1), "the page lies on the other node");
        return (bench, range);
    }

    private static byte NodeAt(DeviceBench bench, VirtualAddress address) =>
        bench.Kernel.Memory.NodeOf(PhysicalAddress.OfFrame(bench.FrameAt(address)));

    private static void Run(CpuOperation op, string site, PreemptionKind kind)
    {
        while (op.Steps.MoveNext())
        {
            if (op.Steps.Current.Site == site && op.Steps.Current.Kind == kind)
            {
                return;
            }
        }

        Assert.Fail($"{op.Name} never came to {kind} in {site}");
    }
}
