using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.TranslationAgent.Tests;

/// <summary>Translations from the page tables of a real kernel: ats-rules A.4 and A.5.</summary>
public sealed class TranslatorTests
{
    private const ulong Va = 0x4000_0000;
    private const ulong MiB = 1 << 20;
    private readonly Translator _translator = new();

    [TearDown]
    public void RestoreSizes() => (_translator.CoalesceShift, _translator.LargestShift) = (12, 63);

    [Test]
    public void A_base_page_is_granted_as_4_KiB_with_read_and_write()
    {
        var space = new AgentBench().Kernel.CreateAddressSpace();
        AgentBench.MapTouched(space, 0x4000, Va);

        var entry = _translator.Translate(space, Va + 0x2ABC, isNoWrite: false);

        Assert.That(entry.Range, Is.EqualTo(AtsRange.Page(AgentBench.PhysicalOf(space, Va + 0x2000))));
        Assert.That(entry.Flags, Is.EqualTo(TranslationFlags.R | TranslationFlags.W));
    }

    [Test]
    public void A_transparent_huge_page_is_granted_as_2_MiB_around_the_page()
    {
        var space = new AgentBench().Kernel.CreateAddressSpace();
        AgentBench.MapTouched(space, 2 * MiB, Va, PageSizeHint.TransparentHuge);

        var entry = _translator.Translate(space, Va + MiB, isNoWrite: false);

        Assert.That(entry.Range, Is.EqualTo(new AtsRange(AgentBench.PhysicalOf(space, Va), 21)));
    }

    [Test]
    public void A_gigantic_page_is_granted_as_1_GiB()
    {
        var space = new AgentBench(memoryBytes: 4UL << 30).Kernel.CreateAddressSpace();
        AgentBench.MapTouched(space, 1024 * MiB, Va, PageSizeHint.Gigantic);

        var entry = _translator.Translate(space, Va + 700 * MiB, isNoWrite: false);

        Assert.That(entry.Range, Is.EqualTo(new AtsRange(AgentBench.PhysicalOf(space, Va), 30)));
    }

    [TestCase(12)]
    [TestCase(16)]
    [TestCase(20)]
    public void A_larger_leaf_is_cut_to_the_largest_grant_around_the_page(int shift)
    {
        var space = new AgentBench().Kernel.CreateAddressSpace();
        AgentBench.MapTouched(space, 2 * MiB, Va, PageSizeHint.TransparentHuge);
        _translator.LargestShift = shift;

        var entry = _translator.Translate(space, Va + 0x15_4000, isNoWrite: false);

        Assert.That(entry.Range, Is.EqualTo(AtsRange.Around(AgentBench.PhysicalOf(space, Va + 0x15_4000), shift)));
    }

    [Test]
    public void Neighbouring_base_pages_in_neighbouring_frames_are_granted_together()
    {
        var space = SplitHugePage();
        _translator.CoalesceShift = 16;

        var entry = _translator.Translate(space, Va + 0x2_3000, isNoWrite: false);

        Assert.That(entry.Range, Is.EqualTo(AtsRange.Around(AgentBench.PhysicalOf(space, Va + 0x2_3000), 16)));
    }

    [Test]
    public void Without_coalescing_the_split_pages_stay_single()
    {
        var entry = _translator.Translate(SplitHugePage(), Va + 0x2_3000, isNoWrite: false);
        Assert.That(entry.Range.SizeShift, Is.EqualTo(12));
    }

    [Test]
    public void A_hole_a_page_of_other_permission_and_a_moved_page_end_the_common_grant()
    {
        _translator.CoalesceShift = 16;
        var holed = SplitHugePage();
        Run(holed.Munmap(VirtualRange.OfSize(new VirtualAddress(Va + 0x7000), 4096)));
        Assert.That(_translator.Translate(holed, Va, isNoWrite: false).Range.SizeShift, Is.EqualTo(14));

        var mixed = SplitHugePage();
        Run(mixed.Mprotect(VirtualRange.OfSize(new VirtualAddress(Va + 0x3000), 4096), Protection.Read));
        Assert.That(_translator.Translate(mixed, Va, isNoWrite: false).Range.SizeShift, Is.EqualTo(13));

        var moved = SplitHugePage();
        Run(moved.Migrate(VirtualRange.OfSize(new VirtualAddress(Va + 0x1000), 4096)));
        Assert.That(_translator.Translate(moved, Va, isNoWrite: false).Range.SizeShift, Is.EqualTo(12));
    }

    [Test]
    public void No_Write_leaves_read_only()
    {
        var space = new AgentBench().Kernel.CreateAddressSpace();
        AgentBench.MapTouched(space, 0x1000, Va);
        Assert.That(_translator.Translate(space, Va, isNoWrite: true).Flags, Is.EqualTo(TranslationFlags.R));
    }

    [Test]
    public void A_read_only_page_grants_read_only()
    {
        var space = new AgentBench().Kernel.CreateAddressSpace();
        var range = AgentBench.MapTouched(space, 0x1000, Va);
        Run(space.Mprotect(range, Protection.Read));
        Assert.That(_translator.Translate(space, Va, isNoWrite: false).Flags, Is.EqualTo(TranslationFlags.R));
    }

    [TestCase(0x5000_0000UL)]
    [TestCase(0x8000_0000_0000UL)]
    [TestCase(ulong.MaxValue)]
    public void What_is_not_mapped_grants_nothing(ulong address)
    {
        var space = new AgentBench().Kernel.CreateAddressSpace();
        AgentBench.MapTouched(space, 0x1000, Va);
        Assert.That(_translator.Translate(space, address, isNoWrite: false).GrantsAccess, Is.False);
    }

    private static AddressSpace SplitHugePage()
    {
        var space = new AgentBench().Kernel.CreateAddressSpace();
        var range = AgentBench.MapTouched(space, 2 * MiB, Va, PageSizeHint.TransparentHuge);
        Run(space.SplitHuge(range));
        return space;
    }

    private static void Run(CpuOperation operation) => Assert.That(operation.RunToEnd().Errno, Is.Zero);
}
