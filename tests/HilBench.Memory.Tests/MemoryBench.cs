using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Makes kernels for tests.</summary>
internal static class MemoryBench
{
    public static AddressSpace NewSpace(
        KernelProfile profile, ulong memoryBytes = 64 << 20, int levels = 4, int journalLog2 = 16) =>
        new Kernel(profile, new PhysicalMemory(memoryBytes), new EventJournal(new StepClock(),
            journalLog2)).CreateAddressSpace(levels);
}

/// <summary>A secondary TLB whose device answers only when the test says so.</summary>
internal sealed class SlowTlb : INotifierClient
{
    public NotifierCallbacks Callbacks => NotifierCallbacks.InvalidateSecondaryTlb;

    public bool IsSettled { get; set; } = true;

    public bool AnswersAtOnce { get; init; } = true;

    public List<(ulong Start, ulong End)> Calls { get; } = [];

    public void InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end)
    {
        Calls.Add((start.Value, end.Value));
        IsSettled = AnswersAtOnce;
    }
}
