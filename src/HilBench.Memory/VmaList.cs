namespace HilBench.Memory;

/// <summary>The mappings of an mm, sorted by address, never overlapping.</summary>
internal sealed class VmaList
{
    private readonly List<Vma> _items = [];

    public IReadOnlyList<Vma> Items => _items;

    /// <summary>The mapping that contains the address.</summary>
    public Vma? Find(ulong address)
    {
        var i = FirstEndingAfter(address);
        return i < _items.Count && _items[i].StartAddress <= address ? _items[i] : null;
    }

    /// <summary>Index of the first mapping that ends above the address.</summary>
    public int FirstEndingAfter(ulong address)
    {
        int low = 0, high = _items.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_items[middle].EndAddress > address)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>The mappings that overlap [start, end), as a copy.</summary>
    public List<Vma> Overlapping(ulong start, ulong end)
    {
        var found = new List<Vma>();
        for (var i = FirstEndingAfter(start); i < _items.Count && _items[i].StartAddress < end; i++)
        {
            found.Add(_items[i]);
        }

        return found;
    }

    public Vma? Before(ulong address)
    {
        var i = FirstEndingAfter(address);
        if (i < _items.Count && _items[i].StartAddress < address)
        {
            return _items[i];
        }

        return i > 0 ? _items[i - 1] : null;
    }

    /// <summary>The first mapping that starts at or above the address.</summary>
    public Vma? StartingAtOrAfter(ulong address)
    {
        var i = FirstEndingAfter(address);
        if (i < _items.Count && _items[i].StartAddress < address)
        {
            i++;
        }

        return i < _items.Count ? _items[i] : null;
    }

    public void Add(Vma vma) => _items.Insert(FirstEndingAfter(vma.StartAddress), vma);

    public void Remove(Vma vma) => _items.Remove(vma);

    public void Clear() => _items.Clear();
}
