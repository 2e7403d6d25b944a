using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>What a DMA operation may see: the data is judged by the CPU page table, ATS-TRN-005.</summary>
public sealed class DataOracleTests
{
    private const ulong Old = 0x1111_1111_2222_2222;
    private const ulong Between = 0x5555_5555_6666_6666;
    private const ulong New = 0x3333_3333_4444_4444;
    private const ulong Nowhere = 0x7777_7777_8888_8888;

    [TestCase(Old)]
    [TestCase(Between)]
    [TestCase(New)]
    public void A_read_may_return_every_value_that_a_CPU_stored_while_it_ran(ulong data)
    {
        var bench = new OracleBench(Old);
        bench.StartRead();
        bench.Store(Between);
        bench.Store(New);

        bench.FinishRead(data);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_read_that_races_may_not_return_what_was_never_there()
    {
        var bench = new OracleBench(Old);
        bench.StartRead();
        bench.Store(New);

        bench.FinishRead(Nowhere);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
    }

    [Test]
    public void A_read_that_starts_after_a_store_may_not_return_the_value_before_it()
    {
        var bench = new OracleBench(Old);
        bench.Store(New);
        bench.StartRead();

        bench.FinishRead(Old);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
    }

    [Test]
    public void A_read_may_return_what_another_DMA_operation_wrote_or_what_was_there_before([Values] bool isNew)
    {
        var bench = new OracleBench(Old);
        bench.StartRead();
        bench.StartWrite(seed: 0xAA, slot: 1);
        bench.DeviceWrites(0xAA);
        bench.Link.Finish(1);

        bench.FinishRead(isNew ? 0x0000_00AB_0000_00AA : Old);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void While_an_unmap_runs_a_read_may_still_see_the_page_that_goes()
    {
        var bench = new OracleBench(Old);
        bench.RunUntilUnmapped(bench.Process.MadviseDontneed(bench.Page));

        bench.StartRead();
        bench.FinishRead(Old);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_read_that_began_before_the_unmap_returned_may_see_the_page_that_went()
    {
        var bench = new OracleBench(Old);
        bench.StartRead();
        bench.Process.MadviseDontneed(bench.Page).RunToEnd();

        bench.FinishRead(Old);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_read_that_began_after_the_unmap_returned_may_not_see_the_page_that_went()
    {
        var bench = new OracleBench(Old);
        bench.Process.MadviseDontneed(bench.Page).RunToEnd();
        bench.Store(New);

        bench.StartRead();
        bench.FinishRead(Old);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
    }

    [Test]
    public void Data_of_an_ended_translation_is_blamed_on_the_invalidation_that_should_have_ended_it()
    {
        var bench = new OracleBench(Old);
        bench.Link.Grant(OracleBench.Va, bench.Physical.Value, pasid: 5);
        bench.Process.Fork().RunToEnd();
        bench.Link.InvalidateAndComplete(OracleBench.Va, pasid: 5);
        bench.Store(New);

        bench.StartRead();
        bench.FinishRead(Old);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-INV-001" }));
        Assert.That(bench.Link.Checker.Violations[0].Evidence.Count(line => line.Text.Contains("Invalidate", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [Test]
    public void A_read_of_a_page_that_is_gone_says_that_nothing_is_mapped()
    {
        var bench = new OracleBench(Old);
        bench.Process.Munmap(bench.Page).RunToEnd();

        bench.StartRead();
        bench.FinishRead(Nowhere);

        Assert.That(bench.Link.Checker.Violations[0].Reason, Does.Contain("nothing is mapped there"));
    }

    [Test]
    public void The_reason_names_the_frame_that_holds_what_was_read_and_its_references()
    {
        var bench = new OracleBench(Old);
        bench.Process.Mmap(4096, Protection.ReadWrite, at: new(OracleBench.Va + 0x10_0000)).RunToEnd();
        bench.Store(New, offset: 0x10_0000);
        bench.Process.Tables.TryWalk(new(OracleBench.Va + 0x10_0000), out var walk);
        bench.StartRead();

        bench.FinishRead(New);

        Assert.That(bench.Link.Checker.Violations[0].Reason, Is.EqualTo(
            "the DMA read of 0x1000000000 returned 0x3333333344444444, which no allowed order of events puts there: " +
            $"the CPU reads 0x1111111122222222 there; frame 0x{walk.Page.Frame:x} holds it (references: 1)"));
    }

    [Test]
    public void A_read_of_one_DW_compares_32_bits()
    {
        var bench = new OracleBench(Old);
        bench.StartRead(lengthBytes: 4, offset: 4);
        bench.FinishRead(0x1111_1111, lengthDw: 1);
        Assert.That(bench.BrokenRules, Is.Empty);

        bench.StartRead(lengthBytes: 4, offset: 4);
        bench.FinishRead(0x2222_2222, lengthDw: 1);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
    }

    [Test]
    public void A_read_that_ended_with_an_error_is_not_compared()
    {
        var bench = new OracleBench(Old);
        bench.StartRead();

        bench.Link.Finish(0, Nowhere, error: 1);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void The_last_of_two_DMA_writes_at_once_may_be_either([Values] bool isFirstLast)
    {
        var bench = new OracleBench(Old);
        bench.StartWrite(seed: 0x10, slot: 0);
        bench.StartWrite(seed: 0x20, slot: 1);
        bench.DeviceWrites(isFirstLast ? 0x20u : 0x10u);
        bench.DeviceWrites(isFirstLast ? 0x10u : 0x20u);

        bench.Link.Finish(0, lengthDw: 2);
        bench.Link.Finish(1, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    /// <summary>The other process's write begins before the place that is compared, and goes on behind it.</summary>
    [TestCase(0ul, new string[0])]
    [TestCase(128ul, new[] { "ATS-TRN-005" })]
    public void A_DMA_write_may_be_overwritten_by_one_of_another_process_that_shares_the_bytes_and_not_else(ulong offset, string[] broken)
    {
        var bench = new OracleBench(Old);
        bench.Process.Mmap(4096, Protection.ReadWrite, MapFlags.Shared | MapFlags.Fixed, new VirtualAddress(OracleBench.Va)).RunToEnd();
        bench.Store(Old);
        var child = bench.Process.Fork().RunToEnd().Child!;
        child.Write(new VirtualAddress(OracleBench.Va), new byte[8]).RunToEnd();
        bench.Link.Pasids.Bind(new Pasid(6), child);
        bench.Link.Start(0, OracleBench.Va + 16, 8, isWrite: true, pasid: 5, seed: 0x10);
        bench.Link.Start(1, OracleBench.Va + offset, 64, isWrite: true, pasid: 6, seed: 0x20);
        bench.DeviceWrites(0x10, new(bench.Physical.Value + 16));
        bench.DeviceWrites(0x24, new(bench.Physical.Value + 16));

        bench.Link.Finish(0, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.EqualTo(broken));
    }

    [Test]
    public void A_write_to_the_last_page_of_all_is_looked_at_once([Values] bool isWrite)
    {
        var bench = new OracleBench(Old);
        bench.Link.Start(0, 0xFFFF_FFFF_FFFF_F000, 64, isWrite, pasid: 5, seed: 0x10);
        bench.StartWrite(seed: 0x20, slot: 1);
        bench.DeviceWrites(0x20);

        bench.Link.Finish(1, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [TestCase(true, new string[0])]
    [TestCase(false, new[] { "ATS-TRN-005" })]
    public void An_untranslated_write_may_be_lost_when_its_PASID_comes_to_another_process_meanwhile_and_not_else(bool comes, string[] broken)
    {
        var bench = new OracleBench(Old);
        bench.Link.Start(0, OracleBench.Va, 8, isWrite: true, pasid: 5, seed: 0x10, isUntranslated: true);
        if (comes)
        {
            bench.Link.Pasids.Bind(new Pasid(5), bench.Link.Kernel.CreateAddressSpace());
        }

        bench.Link.Finish(0, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.EqualTo(broken));
    }

    [TestCase(true, new string[0])]
    [TestCase(false, new[] { "ATS-TRN-005" })]
    public void A_read_may_find_the_memory_of_the_process_that_its_PASID_came_to_meanwhile_and_not_else(bool comes, string[] broken)
    {
        var bench = new OracleBench(Old);
        bench.Link.Start(0, OracleBench.Va, 8, pasid: 5);
        if (comes)
        {
            bench.Link.Pasids.Bind(new Pasid(5), bench.Link.Kernel.CreateAddressSpace());
        }

        bench.Link.Finish(0, lengthDw: 2, data: 0x77);

        Assert.That(bench.BrokenRules, Is.EqualTo(broken));
    }

    [Test]
    public void The_last_of_two_DMA_writes_one_after_the_other_is_the_second()
    {
        var bench = new OracleBench(Old);
        bench.StartWrite(seed: 0x10);
        bench.DeviceWrites(0x10);
        bench.Link.Finish(0, lengthDw: 2);

        bench.StartWrite(seed: 0x20);
        bench.Link.Finish(0, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
    }

    [Test]
    public void Of_a_DMA_write_and_a_CPU_store_at_once_either_may_come_last([Values] bool isStoreLast)
    {
        var bench = new OracleBench(Old);
        bench.StartWrite(seed: 0x10);
        if (!isStoreLast)
        {
            bench.Store(New);
        }

        bench.DeviceWrites(0x10);
        if (isStoreLast)
        {
            bench.Store(New);
        }

        bench.Link.Finish(0, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_CPU_store_elsewhere_in_the_page_does_not_excuse_a_lost_DMA_write()
    {
        var bench = new OracleBench(Old);
        bench.StartWrite(seed: 0x10);
        bench.Store(New, offset: 8);

        bench.Link.Finish(0, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
    }

    [Test]
    public void A_DMA_write_into_a_page_that_is_taken_away_meanwhile_may_be_lost()
    {
        var bench = new OracleBench(Old);
        var gone = bench.Physical;
        bench.StartWrite(seed: 0x10);
        bench.Process.MadviseDontneed(bench.Page).RunToEnd();
        bench.Store(New);

        bench.DeviceWrites(0x10, gone);
        bench.Link.Finish(0, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_DMA_write_that_lands_in_the_page_before_copy_on_write_is_reported()
    {
        var bench = new OracleBench(Old);
        var before = bench.Physical;
        bench.Process.Fork().RunToEnd();
        bench.Store(New);
        Assert.That(bench.Physical, Is.Not.EqualTo(before));

        bench.StartWrite(seed: 0x10);
        bench.DeviceWrites(0x10, before);
        bench.Link.Finish(0, lengthDw: 2);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
        Assert.That(bench.Link.Checker.Violations[0].Reason, Is.EqualTo(
            "the DMA write of 0x1000000000 ended, and the CPU finds 0x3333333344444444 there instead of 0x1100000010"));
    }
}
