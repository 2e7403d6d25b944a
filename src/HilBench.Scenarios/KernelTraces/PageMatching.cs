using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>Compares page tables; matches the ids and swap slots of a trace with those of the engine, one to one.</summary>
internal sealed class PageMatching(TraceMachine machine)
{
    private readonly Dictionary<ulong, ulong> _idOf = [];
    private readonly Dictionary<ulong, ulong> _traceIdOf = [];
    private readonly AccessedBits _accessed = new(machine.Journal);

    /// <summary>Whether that id of the trace stands for that one of the engine; the first meeting decides.</summary>
    public bool IsSame(ulong traceId, ulong id)
    {
        if (traceId == 0 || id == 0)
        {
            return traceId == id;
        }

        _idOf.TryAdd(traceId, id);
        _traceIdOf.TryAdd(id, traceId);
        return _idOf[traceId] == id && _traceIdOf[id] == traceId;
    }

    /// <summary>The differences, neighbours that differ alike put together.</summary>
    public IReadOnlyList<string> Compare(AddressSpace mm, IEnumerable<TracePages> runs)
    {
        var expected = PageSnapshot.Of(runs).Pages;
        var actual = PageSnapshot.Of(mm, machine.Trace.Region).Pages;
        var lines = new PageDiffLines();
        foreach (var at in expected.Keys.Union(actual.Keys).Order())
        {
            PageSight? kernel = expected.TryGetValue(at, out var left) ? left : null;
            PageSight? engine = actual.TryGetValue(at, out var right) ? right : null;
            var isSameId = kernel is null || engine is null || IsSame(left.Id, right.Id);
            var isSameState = kernel?.State == engine?.State
                || (kernel is not null && engine is not null && Adopts(mm, at, left.State, right.State));
            if (!isSameId || !isSameState)
            {
                var known = _traceIdOf.GetValueOrDefault(right.Id);
                lines.Add(at, kernel, engine is null ? null : right with { Id = known }, showsIds: !isSameId);
            }
        }

        return lines.Lines;
    }

    /// <summary>
    /// The recorder knows a page only while it is mapped: when a page of a file comes back it has a new id.
    /// </summary>
    public void EndStep()
    {
        var present = machine.Processes.Values.Where(mm => !mm.HasExited)
            .SelectMany(mm => PageSnapshot.Of(mm, machine.Trace.Region).Pages.Values.Select(page => page.Id)).ToHashSet();
        foreach (var gone in _traceIdOf.Keys.Where(id => !present.Contains(id)).ToList())
        {
            _traceIdOf.Remove(gone);
        }

        _accessed.EndStep();
    }

    /// <summary>
    /// Whether the two differ only in an accessed bit that the CPU did not set because its TLB still held the entry.
    /// The engine goes on without the bit then, as the kernel did.
    /// </summary>
    private bool Adopts(AddressSpace mm, ulong at, PageState kernel, PageState engine)
    {
        var address = machine.Trace.Region.Start + at;
        var withoutBit = engine with { Flags = engine.Flags.Replace("A", "", StringComparison.Ordinal) };
        if (kernel != withoutBit || !_accessed.MayBeCached(mm.Id, address))
        {
            return false;
        }

        mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out _);
        mm.Kernel.Memory.WriteUInt64(new(slot), mm.Tables.Read(slot).Value & ~PageTableEntry.Accessed);
        return true;
    }
}
