using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Large address spaces.</summary>
public sealed class ScaleTests
{
    private const ulong Huge = 2UL << 20;
    private static readonly VirtualAddress _base = new(0x10_0000_0000);

    [Test]
    [NonParallelizable]
    public void A_tebibyte_with_ten_million_mapped_pages_in_both_sizes_takes_less_than_2_GiB_and_gives_all_of_it_back()
    {
        const ulong pieces = 9766;
        const ulong stride = 52UL << 20;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var mm = NewSpace(48UL << 30);
        var all = VirtualRange.OfSize(_base, 1UL << 40);
        var upper = _base.Add(1UL << 39);
        mm.Mmap(all.SizeBytes, Protection.Read | Protection.Write, at: all.Start).RunToEnd();
        mm.Madvise(VirtualRange.OfSize(upper, 1UL << 39), Advice.HugePage).RunToEnd();
        var free = mm.Kernel.Memory.FreeFrames;
        for (var i = 0UL; i < pieces; i++)
        {
            mm.Touch(VirtualRange.OfSize(_base.Add(i * stride), Huge), forWrite: true).RunToEnd();
            mm.Touch(VirtualRange.OfSize(upper.Add(i * stride), 1), forWrite: true).RunToEnd();
        }

        Assert.That(free - mm.Kernel.Memory.FreeFrames, Is.GreaterThan(10_000_000UL));
        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(2L << 30));
        mm.Munmap(all).RunToEnd();
        Assert.That(mm.Kernel.Memory.FreeFrames, Is.EqualTo(free));
    }

    [Test]
    public void An_unmap_of_a_hundred_untouched_tebibytes_does_not_walk_them()
    {
        var mm = NewSpace(64UL << 20);
        var range = VirtualRange.OfSize(_base, 100UL << 40);
        mm.Mmap(range.SizeBytes, Protection.Read | Protection.Write, at: range.Start).RunToEnd();

        var unmap = Task.Run(() => mm.Munmap(range).RunToEnd());

        Assert.That(unmap.Wait(TimeSpan.FromSeconds(60)), Is.True, "27 thousand million entries were looked at");
        Assert.That(mm.Vmas, Is.Empty);
    }

    private static AddressSpace NewSpace(ulong memoryBytes)
    {
        var journal = new EventJournal(new StepClock(), 4) { IsKept = false };
        return new Kernel(KernelProfile.Default, new PhysicalMemory(memoryBytes), journal).CreateAddressSpace();
    }
}
