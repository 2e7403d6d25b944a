using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>hugetlb mappings of a gigabyte share their page tables, and lose them as a whole.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class HugetlbSharingTests(string profile)
{
    private const ulong Gigabyte = 1UL << 30;
    private const ulong Page = 2UL << 20;
    private static readonly VirtualRange _range = VirtualRange.OfSize(DeviceBench.Base, Gigabyte);

    [Test]
    public void A_second_process_takes_the_page_table_of_the_first()
    {
        var (bench, other) = Two();

        Assert.That(TableOf(bench.Mm), Is.EqualTo(TableOf(other)));
        bench.Mm.Write(_range.Start.Add(5 * Page), new byte[] { 7 }).RunToEnd();
        Assert.That(other.Tables.TryWalk(_range.Start.Add(5 * Page), out _), Is.True, "mapped here, visible there");
    }

    [Test]
    public void Unmapping_one_page_tells_the_whole_gigabyte_and_leaves_the_other_process_alone()
    {
        var (bench, other) = Two();
        bench.Register();

        bench.Mm.MadviseDontneed(VirtualRange.OfSize(_range.Start.Add(3 * Page), Page)).RunToEnd();

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x40000000 Clear"));
        Assert.That(bench.Calls[^1], bench.TellsAtEnd ? Does.StartWith("inv").Or.StartsWith("end") : Does.StartWith("end"));
        Assert.That(bench.Calls, Has.Some.StartsWith("inv"));
        Assert.That(TableOf(bench.Mm), Is.Zero);
        Assert.That(other.Read(_range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [Test]
    public void After_mprotect_the_process_has_its_own_view_and_faults_its_pages_in_again()
    {
        var (bench, other) = Two();
        bench.Register();

        bench.Mm.Mprotect(_range, Protection.Read).RunToEnd();

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x40000000 ProtectionVma"));
        Assert.That(bench.Mm.Write(_range.Start, new byte[] { 2 }).RunToEnd().Signal, Is.EqualTo(Signal.Segv));
        Assert.That(other.Write(_range.Start, new byte[] { 2 }).RunToEnd().Signal, Is.EqualTo(Signal.None));
        Assert.That(bench.Mm.Read(_range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(2));
        Assert.That(TableOf(bench.Mm), Is.Not.EqualTo(TableOf(other)));
    }

    [Test]
    public void Migration_of_a_page_drops_the_table_of_one_process_and_the_entry_of_the_last()
    {
        var (bench, other) = Two();
        bench.Register();
        bench.Mm.Tables.TryWalk(_range.Start, out var before);

        bench.Mm.Migrate(VirtualRange.OfSize(_range.Start, Page)).RunToEnd();

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x40000000 Clear"));
        Assert.That(bench.Calls[1], Does.StartWith("inv"), "before the range ends");
        Assert.That(other.Read(_range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
        Assert.That(bench.Mm.Read(_range.Start, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
        bench.Mm.Tables.TryWalk(_range.Start, out var after);
        Assert.That(after.Page, Is.Not.EqualTo(before.Page));
    }

    [Test]
    public void The_table_lives_until_its_last_user_is_gone()
    {
        var (bench, other) = Two();
        var table = PhysicalAddress.OfFrame(TableOf(bench.Mm));

        bench.Mm.Munmap(_range).RunToEnd();
        Assert.That(bench.Kernel.Memory.RefCountOf(table), Is.EqualTo(1));
        other.Exit().RunToEnd();

        Assert.That(bench.Kernel.Memory.FlagsOf(table), Is.EqualTo(FrameFlags.Free));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void A_mapping_that_userfaultfd_write_protects_keeps_tables_of_its_own()
    {
        var (bench, other) = Two();
        bench.Register();

        bench.Mm.UffdRegister(_range, VmaFlags.UffdWriteProtect).RunToEnd();
        bench.Mm.Read(_range.Start, 1).RunToEnd();

        Assert.That(bench.Calls[0], Is.EqualTo("start 0x0 0x40000000 Clear"));
        Assert.That(TableOf(bench.Mm), Is.Not.EqualTo(TableOf(other)));
        bench.Mm.UffdWriteProtect(_range, enables: true).RunToEnd();
        Assert.That(bench.Mm.Write(_range.Start, new byte[] { 2 }).RunToEnd().Signal, Is.EqualTo(Signal.Bus));
        Assert.That(other.Write(_range.Start, new byte[] { 2 }).RunToEnd().Signal, Is.EqualTo(Signal.None));
    }

    private (DeviceBench Bench, AddressSpace Other) Two()
    {
        var bench = new DeviceBench(profile);
        var file = bench.Kernel.CreateFile("huge", Gigabyte);
        var other = bench.Kernel.CreateAddressSpace();
        foreach (var mm in (AddressSpace[])[bench.Mm, other])
        {
            mm.Mmap(Gigabyte, Protection.ReadWrite, MapFlags.Shared, _range.Start, PageSizeHint.Hugetlb, file).RunToEnd();
            mm.Write(_range.Start, new byte[] { 1 }).RunToEnd();
        }

        return (bench, other);
    }

    private static ulong TableOf(AddressSpace mm) =>
        mm.Tables.TryFind(_range.Start.Value, PageTables.PudShift, out var slot, out _) && mm.Tables.Read(slot).IsPresent
            ? (mm.Tables.Read(slot).Value & PageTableEntry.FrameMask) >> 12 : 0;
}
