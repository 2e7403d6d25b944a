namespace HilBench.Checking;

/// <summary>The last pages whose Page Requests were answered Success, until the device asks for their translation.</summary>
internal sealed class AnsweredPages
{
    private const int Capacity = 64;
    private readonly Page[] _pages = new Page[Capacity];
    private int _next;

    public void Clear() => Array.Clear(_pages);

    /// <summary>A group was answered Success.</summary>
    public void Add(in PageGroup group, bool isAfterFailure)
    {
        for (var i = 0; i < Math.Min(group.Count, PageGroup.PagesMax); i++)
        {
            _pages[_next] = new Page(group.Pages[i], group.Pasid, IsThere: true, isAfterFailure);
            _next = (_next + 1) % Capacity;
        }
    }

    /// <summary>An operation begins: what it asks for, it asks for itself.</summary>
    public void Started(ulong va, int bytes, uint pasid)
    {
        foreach (ref var page in _pages.AsSpan())
        {
            if (page.IsThere && page.Pasid == pasid && page.Address + 0xFFF >= va && page.Address < va + (ulong)bytes)
            {
                page = default;
            }
        }
    }

    /// <summary>The device asks for the translation of a page.</summary>
    public bool TryTake(ulong address, uint pasid, out bool isAfterFailure)
    {
        foreach (ref var page in _pages.AsSpan())
        {
            if (page.IsThere && page.Address == address && page.Pasid == pasid)
            {
                isAfterFailure = page.IsAfterFailure;
                page = default;
                return true;
            }
        }

        isAfterFailure = false;
        return false;
    }

    /// <summary>Whether a page was answered Success, and the device has not asked for its translation since.</summary>
    public bool Holds(ulong address)
    {
        foreach (ref readonly var page in _pages.AsSpan())
        {
            if (page.IsThere && page.Address == address)
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Page(ulong Address, uint Pasid, bool IsThere, bool IsAfterFailure);
}
