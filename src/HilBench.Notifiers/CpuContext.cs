namespace HilBench.Notifiers;

/// <summary>
/// The kernel-side context of one CPU operation: the locks that it holds and the ranges that it has open. The validator
/// judges notifier calls by it.
/// </summary>
/// <param name="operationId">The operation.</param>
public sealed class CpuContext(uint operationId)
{
    private readonly List<NotifierRange> _open = [];
    private readonly List<string> _locks = [];

    /// <summary>The operation that runs in this context.</summary>
    public uint OperationId { get; } = operationId;

    /// <summary>Whether the mmap lock is held, for read or write.</summary>
    public bool HoldsMmapLock { get; set; }

    /// <summary>Reverse-map locks held (i_mmap or anon_vma).</summary>
    public int RmapLocks { get; set; }

    /// <summary>Page-table locks held.</summary>
    public int PageTableLocks { get; set; }

    /// <summary>Whether no lock is needed because nobody else can reach the mm any more (exit).</summary>
    public bool IsLastUser { get; set; }

    /// <summary>Whether sleeping is forbidden.</summary>
    public bool IsAtomic => PageTableLocks > 0;

    /// <summary>Whether the callback that it makes now may sleep.</summary>
    internal CallbackSleep Sleep { get; set; }

    /// <summary>Other locks held, by class, in the order in which they were taken.</summary>
    public IReadOnlyList<string> Locks => _locks;

    /// <summary>The result of the last start: 0 or -EAGAIN (-11).</summary>
    public int StartResult { get; set; }

    /// <summary>Ranges between start and end, innermost last.</summary>
    public IReadOnlyList<NotifierRange> OpenRanges => _open;

    /// <summary>Whether a range that a site announced is between start and end.</summary>
    public bool HasOpenRange(CallSite site)
    {
        foreach (var range in _open)
        {
            if (range.Site == site)
            {
                return true;
            }
        }

        return false;
    }

    internal void Take(string lockClass) => _locks.Add(lockClass);

    internal void Drop(string lockClass) => _locks.Remove(lockClass);

    internal void Open(in NotifierRange range) => _open.Add(range);

    internal bool Close(in NotifierRange range)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Start == range.Start && _open[i].End == range.End && _open[i].IsBlockable == range.IsBlockable)
            {
                _open.RemoveAt(i);
                return true;
            }
        }

        return false;
    }
}
