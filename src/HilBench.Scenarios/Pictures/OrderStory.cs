using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>An operation whose order of events can be drawn.</summary>
/// <param name="Id">Name on the command line.</param>
/// <param name="Title">Heading of the picture.</param>
/// <param name="About">What happens, in one sentence.</param>
internal sealed record OrderStory(string Id, string Title, string About)
{
    private const ulong MemoryBytes = 64 << 20;
    private const ulong HugePage = 2 << 20;
    private static readonly VirtualAddress _at = new(0x40000000);

    /// <summary>Bytes that are mapped.</summary>
    public required ulong Size { get; init; }

    /// <summary>The page size that is hoped for.</summary>
    public PageSizeHint Pages { get; init; }

    /// <summary>What happens before anybody subscribes.</summary>
    public Action<AddressSpace> Prepare { get; init; } = _ => { };

    /// <summary>The operation that is drawn.</summary>
    public required Func<AddressSpace, CpuOperation> Operation { get; init; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OrderStory> All { get; } =
    [
        new("cow", "Copy on write", "After fork the parent stores to a page that the child has too.")
        {
            Size = 4096,
            Prepare = space => space.Fork().RunToEnd(),
            Operation = space => space.Write(_at, new byte[8]),
        },
        new("munmap", "munmap", "Two pages are unmapped and freed; their neighbours keep the page table in use.")
        {
            Size = 2 * 4096,
            Prepare = MapNeighbours,
            Operation = space => space.Munmap(VirtualRange.OfSize(_at, 2 * 4096)),
        },
        new("thp-split", "Split of a huge page", "mbind cuts a mapping in the middle of a page of 2 MiB.")
        {
            Size = HugePage,
            Pages = PageSizeHint.TransparentHuge,
            Operation = space => space.Mbind(VirtualRange.OfSize(_at.Add(HugePage / 2), HugePage / 2)),
        },
    ];

    /// <summary>Runs it on a kernel with one start/end client and one device TLB.</summary>
    public IReadOnlyList<OrderEvent> Run(KernelProfile profile)
    {
        var journal = new EventJournal(new StandingClock(), 4);
        var kernel = new Kernel(profile, new PhysicalMemory(MemoryBytes), journal);
        var space = kernel.CreateAddressSpace();
        space.Mmap(Size, Protection.ReadWrite, MapFlags.Fixed, _at, Pages).RunToEnd();
        space.Touch(VirtualRange.OfSize(_at, Size), forWrite: true).RunToEnd();
        Prepare(space);
        space.Register(new Subscriber(NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd)).RunToEnd();
        space.Register(new Subscriber(NotifierCallbacks.InvalidateSecondaryTlb)).RunToEnd();
        var operation = Operation(space);
        var recorder = new OrderRecorder(operation, _at);
        journal.Subscribe(recorder);
        recorder.Add(OrderLane.Operation, $"{operation.Name.ToLowerInvariant()} begins");
        operation.RunToEnd();
        recorder.Add(OrderLane.Operation, $"{operation.Name.ToLowerInvariant()} returns");
        return recorder.Events;
    }

    // A mapping on both sides: no table becomes free with the pages.
    private static void MapNeighbours(AddressSpace space)
    {
        foreach (var at in (VirtualAddress[])[new(_at.Value + (16 * 4096)), new(_at.Value - (16 * 4096))])
        {
            space.Mmap(4096, Protection.ReadWrite, MapFlags.Fixed, at).RunToEnd();
            space.Touch(VirtualRange.OfSize(at, 4096), forWrite: true).RunToEnd();
        }
    }

    private sealed class StandingClock : IClock
    {
        public ulong Now => 0;
    }

    private sealed class Subscriber(NotifierCallbacks callbacks) : INotifierClient
    {
        public NotifierCallbacks Callbacks => callbacks;
    }
}
