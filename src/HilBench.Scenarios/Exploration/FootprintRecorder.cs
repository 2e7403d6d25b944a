using HilBench.Journal;
using HilBench.Memory;

namespace HilBench.Scenarios;

/// <summary>
/// Records what each move looks at and changes. Frames are named by who got them and as his how many'th page, so that the
/// private page of a thread is private whatever frame it is in.
/// </summary>
internal sealed class FootprintRecorder : IMemoryWatcher, IJournalObserver
{
    private const int FrameBytes = PhysicalMemory.FrameBytes;
    private const int FewWords = 16;

    /// <summary>Beyond all frame numbers.</summary>
    private const ulong HandedOut = 1UL << 40;

    /// <summary>Of a page that no page table leads to yet: only who allocated it knows it.</summary>
    private const ulong Unmapped = 1UL << 39;

    private readonly ulong[] _names;
    private readonly uint[] _pages = new uint[ActorsMax];
    private readonly int[] _moves = new int[ActorsMax];
    private int _actor;

    /// <summary>Threads, and the host's end of the link as the last one.</summary>
    public const int ActorsMax = 16;

    /// <summary>Makes a recorder for a memory of so many frames.</summary>
    public FootprintRecorder(ulong frames)
    {
        _names = new ulong[frames];
        for (var frame = 0UL; frame < frames; frame++)
        {
            _names[frame] = frame;
        }
    }

    /// <summary>What was recorded since the last <see cref="Begin"/>.</summary>
    public Footprint Current { get; } = new();

    /// <summary>Whether anything is recorded.</summary>
    public bool IsOn { get; set; }

    /// <summary>A move of this actor begins.</summary>
    public void Begin(int actor)
    {
        Current.Clear();
        _actor = actor;
    }

    /// <summary>Counts a move of an actor.</summary>
    public void Count(int actor) => _moves[actor]++;

    /// <summary>Moves of an actor so far.</summary>
    public int MovesOf(int actor) => _moves[actor];

    public void OnState(ulong frame) => Add(Footprint.Place.State(_names[frame]), isWrite: true);

    public void OnHandedOut(ulong frame, int order)
    {
        var first = _pages[_actor];
        _pages[_actor] += 1u << order;
        for (var i = 0UL; i < 1UL << order; i++)
        {
            _names[frame + i] = HandedOut | Unmapped | (ulong)_actor << 32 | (first + i);
        }
    }

    public void OnMapped(ulong frame, int order)
    {
        for (var i = 0UL; i < 1UL << order; i++)
        {
            _names[frame + i] &= ~Unmapped;
        }
    }

    public void OnLock(KernelPart part, ulong id, bool isWrite, LockUse use)
    {
        if (IsOn)
        {
            Current.AddLock(Footprint.Place.Lock((byte)part, part == KernelPart.TableLock ? _names[id] : id), isWrite, use);
        }
    }

    public void OnRead(PhysicalAddress address, int bytes) => OnContent(address, bytes, isWrite: false);

    public void OnWrite(PhysicalAddress address, int bytes) => OnContent(address, bytes, isWrite: true);

    // Nobody but reclaim minds the order of the lists, and its steps are not trusted: then all parts are shared anyway.
    public void OnPart(KernelPart part, ulong id, bool isWrite) =>
        Add(Footprint.Place.Part((byte)part, id), isWrite && part != KernelPart.Lru);

    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind == JournalKind.NotifierCall)
        {
            Add(Footprint.Place.Subscribers, isWrite: true);
        }
        else if (kind == JournalKind.TlpToDevice)
        {
            Add(Footprint.Place.Sending, isWrite: true);
        }
    }

    /// <summary>A register of the test, or the end of a thread of it.</summary>
    public void OnTest(int number, bool isWrite) => Add(Footprint.Place.Test(number), isWrite);

    /// <summary>A place of the link.</summary>
    public void OnLink(ulong place) => Add(place, isWrite: true);

    private void OnContent(PhysicalAddress address, int bytes, bool isWrite)
    {
        var frame = _names[address.Frame];
        var first = (int)(address.Value & (FrameBytes - 1)) >> 3;
        var last = (int)((address.Value & (FrameBytes - 1)) + (ulong)bytes - 1) >> 3;
        if (last - first >= FewWords)
        {
            Add(Footprint.Place.Frame(frame), isWrite);
            return;
        }

        Add(Footprint.Place.AnyWord(frame), isWrite);
        for (var word = first; word <= last; word++)
        {
            Add(Footprint.Place.Word(frame, word), isWrite);
        }
    }

    private void Add(ulong place, bool isWrite)
    {
        if (IsOn)
        {
            Current.Add(place, isWrite);
        }
    }
}
