using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>
/// A process with two notifiers, one for ranges and one for the secondary TLB, that write down what they are told as
/// short words: <c>start 0x1000 0x2000 CLEAR</c>, <c>inv 0x1000 0x2000</c>, <c>end 0x1000 0x2000</c>. Addresses count
/// from the first mapping.
/// </summary>
internal sealed class DeviceBench
{
    /// <summary>Where mappings begin.</summary>
    public static readonly VirtualAddress Base = new(0x10_0000_0000);

    private ulong _next;

    public DeviceBench(string profile)
    {
        Profile = KernelProfile.Find(profile)!;
        Kernel = new Kernel(Profile, new PhysicalMemory(256 << 20), new EventJournal(new StepClock(), 12));
        Mm = Kernel.CreateAddressSpace();
    }

    /// <summary>One kernel that invalidates at range_end, one that does so with the CPU's flush.</summary>
    public static string[] Profiles { get; } = ["linux-6.1", "linux-6.12"];

    public KernelProfile Profile { get; }

    public Kernel Kernel { get; }

    public AddressSpace Mm { get; }

    /// <summary>Everything told since the registration, in order.</summary>
    public List<string> Calls { get; } = [];

    public bool TellsAtEnd => !Profile.CpuFlushInvalidatesSecondaryTlb;

    public VirtualRange Map(int pages, Protection protection = Protection.ReadWrite, MemoryFile? file = null,
        MapFlags flags = MapFlags.None)
    {
        var at = Base.Add(_next);
        var range = Mm.Mmap((ulong)pages << 12, protection, flags, at, file: file).RunToEnd().Range;
        _next = ((range.End.Value - Base.Value + (2 << 20) - 1) & ~((2UL << 20) - 1)) + (2 << 20);
        return range;
    }

    public VirtualRange MapWritten(int pages)
    {
        var range = Map(pages);
        for (var at = range.Start; at < range.End; at = at.Add(4096))
        {
            Mm.Write(at, new byte[] { 1 }).RunToEnd();
        }

        return range;
    }

    public VirtualRange MapHuge(int count = 1)
    {
        var range = Map(512 * count);
        Mm.Madvise(range, Advice.HugePage).RunToEnd();
        return range;
    }

    public void Register()
    {
        Mm.Register(new Words(this, NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd))
            .RunToEnd();
        Mm.Register(new Words(this, NotifierCallbacks.InvalidateSecondaryTlb)).RunToEnd();
    }

    public ulong FrameAt(VirtualAddress address) =>
        Mm.Tables.TryWalk(address, out var walk) ? walk.Translate(address).Frame : 0;

    public PageTableEntry EntryAt(VirtualAddress address)
    {
        Mm.Tables.TryFind(address.Value, PageTables.PteShift, out var slot, out _);
        return Mm.Tables.Read(slot);
    }

    public List<ulong> FramesOf(VirtualRange range)
    {
        var frames = new List<ulong>();
        for (var at = range.Start; at < range.End; at = at.Add(4096))
        {
            frames.Add(FrameAt(at));
        }

        return frames;
    }

    private sealed class Words(DeviceBench bench, NotifierCallbacks callbacks) : INotifierClient
    {
        public NotifierCallbacks Callbacks => callbacks;

        public int InvalidateRangeStart(in NotifierRange range)
        {
            var owner = range.Owner == 0 ? "" : $" of {range.Owner}";
            bench.Calls.Add($"start {At(range.Start)} {At(range.End)} {range.Event}{owner}");
            return 0;
        }

        public void InvalidateRangeEnd(in NotifierRange range) =>
            bench.Calls.Add($"end {At(range.Start)} {At(range.End)}");

        public void InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end) =>
            bench.Calls.Add($"inv {At(start)} {At(end)}");

        private static string At(VirtualAddress address) => address.Value switch
        {
            0 => "min",
            ulong.MaxValue => "max",
            var value => $"0x{value - Base.Value:x}",
        };
    }
}
