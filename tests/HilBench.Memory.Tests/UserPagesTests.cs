using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Drivers pin pages, and the kernel writes into processes.</summary>
public sealed class UserPagesTests
{
    private static readonly VirtualAddress _base = new(0x10_0000_0000);
    private static readonly VirtualRange _range = VirtualRange.OfSize(_base, 0x4000);

    [Test]
    public void Fork_copies_a_pinned_page_for_the_child_at_once()
    {
        var mm = Mapped(Protection.Read | Protection.Write);
        mm.Write(_base, new byte[] { 1 }).RunToEnd();
        var pin = mm.PinPages(VirtualRange.OfSize(_base, 4096), isLongTerm: true).RunToEnd();

        var child = mm.Fork().RunToEnd().Child!;
        mm.Write(_base, new byte[] { 2 }).RunToEnd();

        Assert.That(mm.Tables.TryWalk(_base, out var walk), Is.True);
        Assert.That(walk.Translate(_base), Is.EqualTo(pin.PinnedPages[0]));
        Assert.That(child.Read(_base, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(1));
    }

    [Test]
    public void After_the_pin_is_gone_fork_shares_the_page_again()
    {
        var mm = Mapped(Protection.Read | Protection.Write);
        mm.Write(_base, new byte[] { 1 }).RunToEnd();
        var pin = mm.PinPages(VirtualRange.OfSize(_base, 4096), isLongTerm: true).RunToEnd();
        mm.UnpinPages(pin.PinnedPages).RunToEnd();

        mm.Fork().RunToEnd();

        Assert.That(mm.Kernel.Memory.MapCountOf(pin.PinnedPages[0]), Is.EqualTo(2));
    }

    [Test]
    public void A_pin_for_reading_gives_the_process_a_page_of_its_own()
    {
        var mm = Mapped(Protection.Read | Protection.Write);
        mm.Write(_base, new byte[] { 1 }).RunToEnd();
        mm.Fork().RunToEnd();

        var pin = mm.PinPages(VirtualRange.OfSize(_base, 4096), isLongTerm: true).RunToEnd();
        mm.Write(_base, new byte[] { 2 }).RunToEnd();

        var seen = new byte[1];
        mm.Kernel.Memory.Read(pin.PinnedPages[0], seen);
        Assert.That(seen[0], Is.EqualTo(2));
    }

    [Test]
    public void A_page_that_is_not_mapped_cannot_be_pinned()
    {
        var mm = Mapped(Protection.Read | Protection.Write);

        var pin = mm.PinPages(VirtualRange.OfSize(_base.Add(0x3000), 0x2000), forWrite: true).RunToEnd();
        var none = mm.PinPages(VirtualRange.OfSize(_base.Add(0x8000), 0x1000)).RunToEnd();

        Assert.That(pin.PinnedPages, Has.Count.EqualTo(1));
        Assert.That(none.Errno, Is.EqualTo(-14));
    }

    [Test]
    public void A_debugger_writes_where_the_process_may_not_and_the_process_still_may_not()
    {
        var mm = Mapped(Protection.Read);

        var op = mm.WriteForced(_base, new byte[] { 5 }).RunToEnd();

        Assert.That(op.Errno, Is.Zero);
        Assert.That(mm.Read(_base, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(5));
        Assert.That(mm.Write(_base, new byte[] { 6 }).RunToEnd().Signal, Is.EqualTo(Signal.Segv));
    }

    [TestCase(PageSizeHint.TransparentHuge)]
    [TestCase(PageSizeHint.Base)]
    public void A_debugger_writes_to_a_mapping_without_any_access_that_is_shared_since_a_fork(PageSizeHint size)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        var range = mm.Mmap(2 << 20, Protection.ReadWrite, at: _base, pageSize: size).RunToEnd().Range;
        mm.Write(_base, new byte[] { 4 }).RunToEnd();
        var child = mm.Fork().RunToEnd().Child!;
        mm.Mprotect(range, Protection.None).RunToEnd();

        var op = mm.WriteForced(_base, new byte[] { 5 }).RunToEnd();

        Assert.That(op.Errno, Is.Zero);
        Assert.That(mm.Read(_base, 1).RunToEnd().Signal, Is.EqualTo(Signal.Segv));
        Assert.That(child.Read(_base, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(4));
        mm.Mprotect(range, Protection.Read).RunToEnd();
        Assert.That(mm.Read(_base, 1).RunToEnd().Bytes.Span[0], Is.EqualTo(5));
    }

    [Test]
    public void Another_process_may_not_write_to_read_only_memory()
    {
        var mm = Mapped(Protection.Read);

        Assert.That(mm.WriteRemote(_base, new byte[] { 5 }).RunToEnd().Errno, Is.EqualTo(-14));
        Assert.That(mm.WriteForced(new(0x20_0000_0000), new byte[] { 5 }).RunToEnd().Errno, Is.EqualTo(-5));
    }

    private static AddressSpace Mapped(Protection protection)
    {
        var mm = MemoryBench.NewSpace(KernelProfile.Linux61);
        mm.Mmap(_range.SizeBytes, protection, at: _base).RunToEnd();
        return mm;
    }
}
