using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>The page table of a secondary MMU: 4 KiB pages, in the order of their addresses.</summary>
public sealed class ShadowTable
{
    private readonly SortedDictionary<ulong, ShadowEntry> _entries = [];

    /// <summary>Pages mapped.</summary>
    public int Count => _entries.Count;

    /// <summary>The pages and what they map to, by address.</summary>
    public IReadOnlyDictionary<ulong, ShadowEntry> Entries => _entries;

    /// <summary>The entry of the page that holds the address.</summary>
    public bool TryGet(VirtualAddress address, out ShadowEntry entry) =>
        _entries.TryGetValue(address.AlignDown(4096).Value, out entry);

    /// <summary>Maps the page that holds the address.</summary>
    public void Set(VirtualAddress address, ShadowEntry entry) => _entries[address.AlignDown(4096).Value] = entry;

    /// <summary>Drops every page that shares a byte with [<paramref name="start"/>, <paramref name="end"/>).</summary>
    /// <returns>The entries that were dropped, by address.</returns>
    public IReadOnlyList<ShadowEntry> Drop(VirtualAddress start, VirtualAddress end)
    {
        var first = start.AlignDown(4096).Value;
        var pages = _entries.Keys.Where(page => page >= first && page < end.Value).ToList();
        var dropped = pages.ConvertAll(page => _entries[page]);
        pages.ForEach(page => _entries.Remove(page));
        return dropped;
    }
}
