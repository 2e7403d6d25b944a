using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// Pages of madvise FREE that wait on the CPU for their move to another list: each is held by one more reference, so that
/// a store copies it although nobody else maps it.
/// </summary>
/// <remarks>Models the <c>lru_lazyfree</c> batch and <c>lru_add_drain</c>. A full batch is emptied at once.</remarks>
internal sealed class LazyFreeBatch(KernelProfile profile)
{
    private const int LargerSince = 609;

    private readonly int _size = profile.Version >= LargerSince ? 31 : 15;
    private readonly HashSet<ulong> _pages = [];

    /// <summary>A page waits from now on.</summary>
    public void Add(ulong identity)
    {
        if (_pages.Add(identity) && _pages.Count >= _size)
        {
            _pages.Clear();
        }
    }

    /// <summary>Whether the page waits.</summary>
    public bool Holds(ulong identity) => _pages.Contains(identity);

    /// <summary>Everything that waited was moved.</summary>
    public void Drain() => _pages.Clear();
}
