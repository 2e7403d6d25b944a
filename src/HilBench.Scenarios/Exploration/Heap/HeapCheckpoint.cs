using System.Runtime.InteropServices;

namespace HilBench.Scenarios;

/// <summary>
/// Brings all objects that can be reached from some roots back to an earlier moment, in place: identities, delegates and
/// half-run iterators stay what they were. Saves nest; the last one is dropped first. Objects that were made since a
/// save are garbage after its restore.
/// </summary>
/// <remarks>
/// Each object has a shadow, its contents at the last save. A save compares every object with its shadow, and makes a
/// new one where they differ; the old one is kept for the drop.
/// </remarks>
internal sealed class HeapCheckpoint : IHeapVisitor
{
    private const int None = -1;
    private readonly Dictionary<object, int> _ids = new(ReferenceEqualityComparer.Instance);
    private readonly List<int> _mutable = [];
    private readonly List<(int Id, object Shadow, UInt128 Hash, bool HasNew)> _undo = [];
    private readonly Stack<Mark> _marks = new();
    private readonly Queue<int> _unvisited = new();
    private readonly List<int> _changed = [];
    private readonly StateHasher _hasher;
    private readonly HashSet<int> _withNew = [];
    private readonly List<int> _different = [];
    private bool _isKnown; // only those in _different may differ from their shadows
    private readonly HashSet<Type> _evidence;
    private Entry[] _entries = new Entry[1024];
    private int _count;
    private readonly int _baseCount = None;
    private UInt128 _sum;

    /// <summary>Watches everything that can be reached from the roots.</summary>
    /// <param name="evidence">Types that are saved, but are no part of what states are compared by, besides those that never are.</param>
    /// <param name="roots">Where to begin.</param>
    public HeapCheckpoint(IReadOnlyCollection<Type> evidence, params ReadOnlySpan<object> roots)
    {
        _evidence = [.. evidence];
        _hasher = new StateHasher(this);
        foreach (var root in roots)
        {
            Visit(root);
        }

        VisitAll();
        FindHashed(roots);
        for (var id = 0; id < _count; id++)
        {
            Rehash(id);
        }

        _baseCount = _count;
    }

    /// <summary>Objects that are saved.</summary>
    public int Objects => _mutable.Count;

    /// <summary>Saves nested in each other.</summary>
    public int Depth => _marks.Count;

    /// <summary>How many objects of each type are saved, for those who look for what costs.</summary>
    public IEnumerable<(Type Type, int Count, long Bytes)> Census() => _mutable
        .GroupBy(id => _entries[id].Target.GetType())
        .Select(group => (group.Key, group.Count(), group.Sum(id => _entries[id].Target is Array array ? (long)array.Length : 0)));

    /// <summary>Remembers this moment.</summary>
    public void Save()
    {
        _marks.Push(new Mark(_count, _mutable.Count, _undo.Count, _sum));
        _changed.Clear();
        var known = _mutable.Count;
        var mutable = CollectionsMarshal.AsSpan(_mutable);
        for (var i = 0; i < known; i++)
        {
            ref var entry = ref _entries[mutable[i]];
            if (!entry.Shape.IsSame(entry.Target, entry.Shadow!))
            {
                _changed.Add(mutable[i]);
            }
        }

        foreach (var id in _changed)
        {
            ref var entry = ref _entries[id];
            _undo.Add((id, entry.Shadow!, entry.Hash, _withNew.Contains(id)));
            entry.Shadow = entry.Shape.Clone(entry.Target);
            entry.Shape.Visit(entry.Target, this);
        }

        VisitAll();
        foreach (var id in _changed)
        {
            Rehash(id);
        }

        BeSame();
    }

    /// <summary>Something has run since the last save or restore: any object may have changed.</summary>
    public void Moved() => _isKnown = false;

    /// <summary>Goes back to the last save, which stays.</summary>
    public void Restore()
    {
        foreach (var id in _isKnown ? _different : _mutable)
        {
            ref var entry = ref _entries[id];
            if (!entry.Shape.IsSame(entry.Target, entry.Shadow!))
            {
                entry.Shape.Copy(entry.Shadow!, entry.Target);
            }
        }

        BeSame();
    }

    private void BeSame()
    {
        _different.Clear();
        _isKnown = true;
    }

    /// <summary>Forgets the last save; the objects stay as they are, and can still go back to the save before.</summary>
    public void Drop()
    {
        var mark = _marks.Pop();
        for (var i = _undo.Count - 1; i >= mark.Undo; i--)
        {
            var (id, shadow, hash, hasNew) = _undo[i];
            _entries[id].Shadow = shadow;
            _entries[id].Hash = hash;
            _different.Add(id);
            if (id < _baseCount && hasNew)
            {
                _withNew.Add(id);
            }
            else
            {
                _withNew.Remove(id);
            }
        }

        for (var id = mark.Count; id < _count; id++)
        {
            _ids.Remove(_entries[id].Target);
            _entries[id] = default;
        }

        _undo.RemoveRange(mark.Undo, _undo.Count - mark.Undo);
        _mutable.RemoveRange(mark.Mutable, _mutable.Count - mark.Mutable);
        _count = mark.Count;
        _sum = mark.Sum;
        if (_isKnown)
        {
            _different.RemoveAll(id => id >= mark.Count);
        }
        else
        {
            _different.Clear();
        }
    }

    /// <summary>A hash of the last save: equal for two heaps of the same form and contents. The heap must stand there.</summary>
    public UInt128 Hash() => _hasher.Whole(_sum, _withNew);

    /// <summary>Meets an object.</summary>
    public void Visit(object? target)
    {
        if (target is null)
        {
            return;
        }

        ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, target, out var isKnown);
        if (isKnown)
        {
            return;
        }

        if (HeapShape.Of(target.GetType()) is not { } shape)
        {
            _ids.Remove(target);
            return;
        }

        id = _count;
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * _count);
        }

        _entries[_count] = new Entry { Target = target, Shape = shape };
        _unvisited.Enqueue(_count++);
    }

    private void VisitAll()
    {
        while (_unvisited.TryDequeue(out var id))
        {
            ref var entry = ref _entries[id];
            if (entry.Shape.IsMutable)
            {
                entry.Shadow = entry.Shape.Clone(entry.Target);
                _mutable.Add(id);
            }

            entry.Shape.Visit(entry.Target, this);
        }
    }

    // What is reached only through evidence says nothing about the state.
    private void FindHashed(ReadOnlySpan<object> roots)
    {
        var reach = new Reach(this);
        foreach (var root in roots)
        {
            reach.AddReference(root);
        }

        reach.Run();
    }

    private bool IsEvidence(HeapShape shape, object target) => shape.IsEvidence || _evidence.Contains(target.GetType());

    private void Rehash(int id)
    {
        ref var entry = ref _entries[id];
        if (!entry.IsHashed || (_baseCount != None && id >= _baseCount))
        {
            return;
        }

        _hasher.Begin((ulong)id);
        _hasher.HasMetNew = false;
        entry.Shape.Hash(entry.Target, _hasher);
        _sum += _hasher.Value - entry.Hash;
        entry.Hash = _hasher.Value;
        if (_hasher.HasMetNew)
        {
            _withNew.Add(id);
        }
        else
        {
            _withNew.Remove(id);
        }
    }

    private struct Entry
    {
        public object Target;
        public object? Shadow;
        public HeapShape Shape;
        public UInt128 Hash;
        public bool IsHashed;
    }

    private readonly record struct Mark(int Count, int Mutable, int Undo, UInt128 Sum);

    /// <summary>Finds the objects that distinguish states: those that are reached without passing through evidence.</summary>
    private sealed class Reach(HeapCheckpoint heap) : HeapHasher
    {
        private readonly Queue<int> _queue = new();

        public override void AddReference(object? target)
        {
            if (target is null || !heap._ids.TryGetValue(target, out var id))
            {
                return;
            }

            ref var entry = ref heap._entries[id];
            if (!entry.IsHashed && !heap.IsEvidence(entry.Shape, target))
            {
                entry.IsHashed = true;
                _queue.Enqueue(id);
            }
        }

        public void Run()
        {
            while (_queue.TryDequeue(out var id))
            {
                heap._entries[id].Shape.Hash(heap._entries[id].Target, this);
            }
        }
    }

    /// <summary>
    /// Objects that were there at the start count by their number. Those made since count by the order in which they
    /// are met from there: that is the same for every way to one state.
    /// </summary>
    private sealed class StateHasher(HeapCheckpoint heap) : HeapHasher
    {
        private readonly Dictionary<object, int> _met = new(ReferenceEqualityComparer.Instance);
        private readonly Dictionary<object, int> _leaves = new(ReferenceEqualityComparer.Instance);
        private readonly Queue<object> _queue = new();
        private readonly List<int> _order = [];
        private bool _isWhole;

        public bool HasMetNew { get; set; }

        public UInt128 Whole(UInt128 sum, HashSet<int> withNew)
        {
            _order.Clear();
            _order.AddRange(withNew);
            _order.Sort();
            _met.Clear();
            _isWhole = true;
            Begin(0);
            Add((ulong)sum);
            Add((ulong)(sum >> 64));
            foreach (var id in _order)
            {
                heap._entries[id].Shape.Hash(heap._entries[id].Target, this);
            }

            while (_queue.TryDequeue(out var target))
            {
                HeapShape.Of(target.GetType())!.Hash(target, this);
            }

            _isWhole = false;
            return Value;
        }

        public override void AddReference(object? target)
        {
            if (target is null)
            {
                Add(0);
            }
            else if (target is string text)
            {
                Add(text);
            }
            else if (heap._ids.TryGetValue(target, out var id) && (heap._baseCount == None || id < heap._baseCount))
            {
                Add((ulong)id + 0x1_0000_0000);
            }
            else if (HeapShape.Of(target.GetType()) is not { } shape)
            {
                Add(Leaf(target));
            }
            else if (!_isWhole)
            {
                HasMetNew = true;
                Add(0x2_0000_0000);
            }
            else if (!heap.IsEvidence(shape, target))
            {
                Add((ulong)Meet(target) + 0x3_0000_0000);
            }
        }

        private ulong Leaf(object target)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_leaves, target, out var isKnown);
            number = isKnown ? number : _leaves.Count;
            return (ulong)number + 0x4_0000_0000;
        }

        private int Meet(object target)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_met, target, out var isKnown);
            if (!isKnown)
            {
                number = _met.Count;
                Add(target.GetType().Name);
                if (target is Array array)
                {
                    Add((ulong)array.Length);
                }

                _queue.Enqueue(target);
            }

            return number;
        }
    }
}
