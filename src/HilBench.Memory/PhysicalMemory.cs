using System.Runtime.InteropServices;
using HilBench.Journal;

namespace HilBench.Memory;

/// <summary>
/// Frames of 4 KiB: contents (zero until written, allocated lazily) and what the kernel knows about each. Freed frames
/// are handed out again first, so a stale access soon hits somebody else's data. Frame 0 is never handed out.
/// </summary>
public sealed partial class PhysicalMemory
{
    /// <summary>Bytes of a frame.</summary>
    public const int FrameBytes = 4096;

    /// <summary>Order of a 1 GiB page.</summary>
    public const int MaxOrder = 18;

    internal const int ChunkShift = 12;

    /// <summary>The free list of 2 MiB blocks.</summary>
    private const int HugeList = 9;

    private static readonly int[] _orders = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, MaxOrder];
    private static readonly ulong[] _zeroes = new ulong[FrameBytes / 8];
    private readonly FrameState[]?[] _states;
    private readonly ulong[]?[] _contents;
    private readonly Stack<ulong[]> _spare = new();
    private readonly uint[] _free = new uint[_orders.Length];
    private readonly long[] _freeBlocks = new long[_orders.Length];
    private uint _fresh = 1;
    private ulong _identities;

    /// <summary>
    /// Makes memory of <paramref name="sizeBytes"/> bytes, a multiple of 4096, at least 16 frames, at most 16 TiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of bounds.</exception>
    public PhysicalMemory(ulong sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sizeBytes % FrameBytes, 0UL);
        FrameCount = sizeBytes / FrameBytes;
        ArgumentOutOfRangeException.ThrowIfLessThan(FrameCount, 16UL);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FrameCount, uint.MaxValue - 1UL);
        _states = new FrameState[(int)((FrameCount + (1 << ChunkShift) - 1) >> ChunkShift)][];
        _contents = new ulong[FrameCount][];
    }

    /// <summary>Frames in all.</summary>
    public ulong FrameCount { get; }

    /// <summary>Frames that can be handed out.</summary>
    public ulong FreeFrames
    {
        get
        {
            var frames = FrameCount - _fresh;
            for (var list = 0; list < _orders.Length; list++)
            {
                frames += (ulong)_freeBlocks[list] << _orders[list];
            }

            return frames;
        }
    }

    /// <summary>Whether the address lies in memory.</summary>
    public bool Contains(PhysicalAddress address) => address.Frame < FrameCount;

    /// <summary>
    /// The stamp of the last hand-out of the frame that holds the address; for a compound page the head's.
    /// </summary>
    public FrameIdentity IdentityOf(PhysicalAddress address) => new(State(HeadOf(address.Frame)).Identity);

    /// <summary>What the kernel knows about the frame.</summary>
    public FrameFlags FlagsOf(PhysicalAddress address) => State(address.Frame).Flags;

    /// <summary>Order of the page that the frame belongs to: 0 to 9, or 18.</summary>
    public int OrderOf(PhysicalAddress address) => State(HeadOf(address.Frame)).Order;

    /// <summary>Memory node of the page that the frame belongs to: 0 or 1.</summary>
    public byte NodeOf(PhysicalAddress address) => State(HeadOf(address.Frame)).Node;

    /// <summary>References to the page that the frame belongs to.</summary>
    public int RefCountOf(PhysicalAddress address) => State(HeadOf(address.Frame)).RefCount;

    /// <summary>Page-table entries that map the frame, alone or as part of its compound page.</summary>
    public int MapCountOf(PhysicalAddress address) =>
        State(address.Frame).MapCount + State(HeadOf(address.Frame)).EntireMapCount;

    /// <summary>Reads 8 bytes, little-endian, from an address that is a multiple of 8.</summary>
    public ulong ReadUInt64(PhysicalAddress address)
    {
        var content = _contents[address.Value >> 12];
        Watcher?.OnRead(address, sizeof(ulong));
        return content is null ? 0 : content[(int)(address.Value >> 3) & 511];
    }

    /// <summary>Writes 8 bytes, little-endian, to an address that is a multiple of 8.</summary>
    public void WriteUInt64(PhysicalAddress address, ulong value)
    {
        Watcher?.OnWrite(address, sizeof(ulong));
        Content(address.Frame)[(int)(address.Value >> 3) & 511] = value;
    }

    /// <summary>Reads bytes, across frames.</summary>
    public void Read(PhysicalAddress address, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var offset = (int)(address.Value & 4095);
            var length = Math.Min(bytes.Length, FrameBytes - offset);
            var content = _contents[address.Frame];
            Watcher?.OnRead(address, length);
            if (content is null)
            {
                bytes[..length].Clear();
            }
            else
            {
                MemoryMarshal.AsBytes(content.AsSpan()).Slice(offset, length).CopyTo(bytes);
            }

            bytes = bytes[length..];
            address = address.Add((ulong)length);
        }
    }

    /// <summary>Writes bytes, across frames.</summary>
    public void Write(PhysicalAddress address, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var offset = (int)(address.Value & 4095);
            var length = Math.Min(bytes.Length, FrameBytes - offset);
            Watcher?.OnWrite(address, length);
            bytes[..length].CopyTo(MemoryMarshal.AsBytes(Content(address.Frame).AsSpan())[offset..]);
            bytes = bytes[length..];
            address = address.Add((ulong)length);
        }
    }

    /// <summary>The stamp of the last page that was handed out.</summary>
    internal ulong LastIdentity => _identities;

    /// <summary>First frames of all pages that are in use, in ascending order.</summary>
    internal IEnumerable<ulong> Pages()
    {
        for (var frame = 1UL; frame < _fresh;)
        {
            if (_states[frame >> ChunkShift] is null)
            {
                frame = ((frame >> ChunkShift) + 1) << ChunkShift;
                continue;
            }

            var state = State(frame);
            if (state.RefCount > 0 && !state.Has(FrameFlags.Free | FrameFlags.Tail))
            {
                yield return frame;
            }

            frame += state.Has(FrameFlags.Tail) ? 1 : 1UL << state.Order;
        }
    }

    /// <summary>Contents by frame, as 512 numbers each; null: zero.</summary>
    internal ulong[]?[] Contents => _contents;

    /// <summary>Remembers what is touched, so that it can be undone; null: nobody does.</summary>
    internal MemoryCheckpoint? Checkpoint { get; set; }

    /// <summary>Sees accesses; null: nobody does.</summary>
    internal IMemoryWatcher? Watcher => Checkpoint?.Watcher;

    internal ref FrameState State(ulong frame)
    {
        Watcher?.OnState(frame);
        return ref QuietState(frame);
    }

    /// <summary>The state of a frame for who tells the watcher in another way: locks, and the free lists.</summary>
    internal ref FrameState QuietState(ulong frame)
    {
        ref var state = ref RawState(frame);
        Checkpoint?.TouchState(frame, in state);
        return ref state;
    }

    internal ref FrameState RawState(ulong frame)
    {
        var chunk = _states[frame >> ChunkShift] ??= new FrameState[1 << ChunkShift];
        return ref chunk[(int)frame & ((1 << ChunkShift) - 1)];
    }

    internal ulong HeadOf(ulong frame)
    {
        ref var state = ref State(frame);
        return state.Has(FrameFlags.Tail) ? state.Head : frame;
    }

    /// <summary>
    /// Hands out zeroed frames, 1 to 512 or 262144 of them, naturally aligned, with one reference. False: none left.
    /// </summary>
    internal bool TryAllocate(int order, out ulong frame)
    {
        Watcher?.OnPart(KernelPart.Allocator, 0, isWrite: false);
        var list = ListOf(order);
        do
        {
            if (_free[list] == 0 && !TryRefill(list))
            {
                frame = 0;
                return false;
            }

            frame = Pop(list);
        }
        while (IsRefused(frame));
        HandOut(frame, order);
        return true;
    }

    /// <summary>Puts a page back in front of its free list. Its contents stay until it is handed out again.</summary>
    internal void Free(ulong frame)
    {
        Watcher?.OnPart(KernelPart.Allocator, 0, isWrite: true);
        ref var head = ref State(frame);
        Invariant.Holds(!head.Has(FrameFlags.Free) && !head.Has(FrameFlags.Tail));
        var order = head.Order;
        for (var i = 1UL; i < 1UL << order; i++)
        {
            State(frame + i).Flags = FrameFlags.None;
        }

        var kept = head.Flags & FrameFlags.Hwpoison;
        Push(ListOf(order), (uint)frame);
        head.Flags |= kept;
        head.IsPerCpu = order == 0;
    }

    /// <summary>
    /// Makes the frames of a compound page pages of their own; each keeps its state, and gets its own stamp.
    /// </summary>
    internal void SplitCompound(ulong frame)
    {
        ref var head = ref State(frame);
        var count = 1UL << head.Order;
        head.Order = 0;
        for (var i = 1UL; i < count; i++)
        {
            ref var tail = ref State(frame + i);
            var inherited = head.Flags & ~(FrameFlags.AnonExclusive | FrameFlags.Locked);
            tail.Flags = (tail.Flags & ~FrameFlags.Tail) | inherited;
            tail.Identity = ++_identities;
            tail.Order = 0;
            tail.MappingId = head.MappingId;
            tail.Cgroup = head.Cgroup;
            tail.Node = head.Node;
            tail.Index = head.Index + i;
            tail.RefCount = 0;
        }
    }

    /// <summary>Copies the contents of one frame.</summary>
    internal void Copy(ulong from, ulong to)
    {
        Watcher?.OnRead(PhysicalAddress.OfFrame(from), FrameBytes);
        Watcher?.OnWrite(PhysicalAddress.OfFrame(to), FrameBytes);
        if (_contents[from] is { } source)
        {
            source.CopyTo(Content(to).AsSpan());
        }
        else
        {
            Clear(to);
        }
    }

    /// <summary>Whether a frame holds only zeroes.</summary>
    internal bool IsZero(ulong frame) => !Span(frame).ContainsAnyExcept(0UL);

    /// <summary>Whether two frames have the same contents.</summary>
    internal bool ContentEquals(ulong left, ulong right) => Span(left).SequenceEqual(Span(right));

    /// <summary>The contents as 512 numbers.</summary>
    private ReadOnlySpan<ulong> Span(ulong frame)
    {
        Watcher?.OnRead(PhysicalAddress.OfFrame(frame), FrameBytes);
        return _contents[frame] ?? _zeroes;
    }

    /// <summary>A number that equal contents share (FNV-1a over the 512 numbers).</summary>
    internal ulong ContentHash(ulong frame)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var value in Span(frame))
        {
            hash = (hash ^ value) * 0x100000001B3;
        }

        return hash;
    }

    private static int ListOf(int order) => order switch
    {
        >= 0 and <= HugeList => order,
        MaxOrder => HugeList + 1,
        _ => throw new ArgumentOutOfRangeException(nameof(order)),
    };

    private ulong[] Content(ulong frame)
    {
        Checkpoint?.TouchContent(frame, _contents[frame]);
        return _contents[frame] ?? Make(ref _contents[frame]);

        ulong[] Make(ref ulong[]? content)
        {
            if (Checkpoint is null && _spare.TryPop(out var spare))
            {
                spare.AsSpan().Clear();
                return content = spare;
            }

            return content = new ulong[FrameBytes / 8];
        }
    }

    private void Clear(ulong frame)
    {
        Watcher?.OnWrite(PhysicalAddress.OfFrame(frame), FrameBytes);
        if (_contents[frame] is not { } content)
        {
            return;
        }

        if (Checkpoint is { } checkpoint)
        {
            checkpoint.TouchContent(frame, content);
        }
        else
        {
            _spare.Push(content);
        }

        _contents[frame] = null;
    }

    private void HandOut(ulong frame, int order)
    {
        Watcher?.OnHandedOut(frame, order);
        for (var i = 0UL; i < 1UL << order; i++)
        {
            Clear(frame + i);
            ref var state = ref State(frame + i);
            state = default;
            state.Head = (uint)frame;
            state.Flags = i == 0 ? FrameFlags.None : FrameFlags.Tail;
        }

        ref var head = ref State(frame);
        head.Order = (byte)order;
        head.RefCount = 1;
        head.Identity = ++_identities;
    }
}
