using HilBench.Journal;

namespace HilBench.Memory;

/// <summary>
/// Brings physical memory back to an earlier moment: an undo log of the frames that were touched since. Saves nest; the
/// last one is dropped first. It also keeps a number that equal memories share.
/// </summary>
public sealed class MemoryCheckpoint
{
    private readonly PhysicalMemory _memory;
    private readonly uint[] _stateEpoch;
    private readonly uint[] _contentEpoch;
    private readonly UInt128[] _hashes;
    private readonly List<(ulong Frame, FrameState State)> _states = [];
    private readonly List<(ulong Frame, ulong[]? Content, ulong[]? Copy)> _contents = [];
    private readonly List<(ulong Frame, UInt128 Hash)> _oldHashes = [];
    private readonly Stack<ulong[]> _spare = new();
    private readonly Stack<Mark> _marks = new();
    private uint _epoch = 1;
    private UInt128 _hash;

    /// <summary>Watches a memory from now on.</summary>
    /// <exception cref="InvalidOperationException">Somebody watches it already.</exception>
    public MemoryCheckpoint(PhysicalMemory memory)
    {
        Invariant.Holds(memory.Checkpoint is null);
        _memory = memory;
        _stateEpoch = new uint[memory.FrameCount];
        _contentEpoch = new uint[memory.FrameCount];
        _hashes = new UInt128[memory.FrameCount];
        memory.Checkpoint = this;
    }

    /// <summary>Sees accesses to memory; null: nobody does.</summary>
    internal IMemoryWatcher? Watcher { get; set; }

    /// <summary>
    /// Equal for two memories that were saved in the same contents, allocation and page states, whatever the way there.
    /// Counted from the first save.
    /// </summary>
    public UInt128 Hash => _hash;

    /// <summary>Saves nested in each other.</summary>
    public int Depth => _marks.Count;

    /// <summary>Remembers this moment.</summary>
    public void Save()
    {
        var before = _hash;
        var oldHashes = _oldHashes.Count;
        var (states, contents) = _marks.TryPeek(out var last) ? (last.States, last.Contents) : (0, 0);
        for (var i = states; i < _states.Count; i++)
        {
            Rehash(_states[i].Frame);
        }

        for (var i = contents; i < _contents.Count; i++)
        {
            Rehash(_contents[i].Frame);
        }

        _marks.Push(new Mark(_states.Count, _contents.Count, oldHashes, before));
        _epoch++;
    }

    /// <summary>Goes back to the last save, which stays.</summary>
    public void Restore()
    {
        var mark = _marks.Peek();
        for (var i = _states.Count - 1; i >= mark.States; i--)
        {
            _memory.RawState(_states[i].Frame) = _states[i].State;
        }

        for (var i = _contents.Count - 1; i >= mark.Contents; i--)
        {
            var (frame, content, copy) = _contents[i];
            copy?.CopyTo(content!.AsSpan());
            _memory.Contents[(int)frame] = content;
            if (copy is not null)
            {
                _spare.Push(copy);
            }
        }

        _states.RemoveRange(mark.States, _states.Count - mark.States);
        _contents.RemoveRange(mark.Contents, _contents.Count - mark.Contents);
        _epoch++;
    }

    /// <summary>Forgets the last save; memory stays as it is, and can still go back to the save before.</summary>
    public void Drop()
    {
        var mark = _marks.Pop();
        for (var i = _oldHashes.Count - 1; i >= mark.OldHashes; i--)
        {
            _hashes[_oldHashes[i].Frame] = _oldHashes[i].Hash;
        }

        _oldHashes.RemoveRange(mark.OldHashes, _oldHashes.Count - mark.OldHashes);
        _hash = mark.HashBefore;
        _epoch++;
    }

    /// <summary>The kernel's knowledge of the frame may change.</summary>
    internal void TouchState(ulong frame, in FrameState state)
    {
        if (_stateEpoch[frame] != _epoch)
        {
            _stateEpoch[frame] = _epoch;
            _states.Add((frame, state));
        }
    }

    /// <summary>The contents of the frame are about to change.</summary>
    internal void TouchContent(ulong frame, ulong[]? content)
    {
        if (_contentEpoch[frame] == _epoch)
        {
            return;
        }

        _contentEpoch[frame] = _epoch;
        ulong[]? copy = null;
        if (content is not null)
        {
            copy = _spare.TryPop(out var spare) ? spare : new ulong[content.Length];
            content.CopyTo(copy.AsSpan());
        }

        _contents.Add((frame, content, copy));
    }

    private void Rehash(ulong frame)
    {
        var hash = HashOf(frame);
        if (hash != _hashes[frame])
        {
            _oldHashes.Add((frame, _hashes[frame]));
            _hash += hash - _hashes[frame];
            _hashes[frame] = hash;
        }
    }

    // The identity stamp is left out: it counts hand-outs and decides nothing.
    private UInt128 HashOf(ulong frame)
    {
        ref readonly var state = ref _memory.RawState(frame);
        var low = Mix(frame, (uint)state.RefCount | (ulong)(uint)state.MapCount << 32);
        low = Mix(low, (uint)state.EntireMapCount | (ulong)state.Head << 32);
        low = Mix(low, (uint)state.MappingId | (ulong)(uint)state.PinCount << 32);
        low = Mix(low, state.Index);
        low = Mix(low, (ulong)state.Flags | (ulong)state.Order << 32 | (ulong)state.Cgroup << 40 | (ulong)state.Node << 48
            | (state.IsPerCpu ? 1UL << 56 : 0));
        var high = low * 0x9E3779B97F4A7C15;
        var content = _memory.Contents[(int)frame].AsSpan();
        for (var at = 0; at < content.Length; at++)
        {
            var next = content[at..].IndexOfAnyExcept(0UL);
            if (next < 0)
            {
                break;
            }

            at += next;
            low += Mix(content[at], (ulong)at + 1);
            high += Mix(content[at] ^ 0xA5A5_5A5A_C3C3_3C3C, (ulong)at + 1);
        }

        return new UInt128(Mix(high, frame), Mix(low, frame));
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        var mixed = (hash ^ (value * 0xBF58476D1CE4E5B9)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31) ^ (value << 17);
    }

    private readonly record struct Mark(int States, int Contents, int OldHashes, UInt128 HashBefore);
}
