namespace HilBench.Notifiers;

/// <summary>
/// Which locks were taken while which others were held, by the class of lock, as lockdep records it. Taking two classes
/// in both orders is a deadlock that waits for its moment.
/// </summary>
/// <remarks>Models the lock map that 5.4 and later hold around start and end.</remarks>
public sealed class LockOrder
{
    /// <summary>The mmap lock.</summary>
    public const string MmapLock = "mmap_lock";

    /// <summary>The locks of the reverse map.</summary>
    public const string RmapLock = "i_mmap_rwsem";

    /// <summary>A page-table lock.</summary>
    public const string PageTableLock = "page_table_lock";

    /// <summary>The pseudo lock that the core holds around the callbacks of start and end.</summary>
    public const string Range = "mmu_notifier_invalidate_range_start";

    /// <summary>The pseudo lock of an allocation that may reclaim memory.</summary>
    public const string Reclaim = "fs_reclaim";

    private readonly Dictionary<string, List<string>> _later = [];

    internal LockOrder() => Add(Reclaim, Range);

    /// <summary>
    /// <paramref name="taken"/> is taken while <paramref name="held"/> is held. False: the other order was seen before.
    /// </summary>
    internal bool TryAdd(string held, string taken)
    {
        if (_later.TryGetValue(held, out var known) && known.Contains(taken))
        {
            return true;
        }

        if (held == taken || Reaches(taken, held, []))
        {
            return false;
        }

        Add(held, taken);
        return true;
    }

    private void Add(string held, string taken)
    {
        if (!_later.TryGetValue(held, out var list))
        {
            list = [];
            _later.Add(held, list);
        }

        if (!list.Contains(taken))
        {
            list.Add(taken);
        }
    }

    private bool Reaches(string from, string to, List<string> seen)
    {
        if (!_later.TryGetValue(from, out var next) || seen.Contains(from))
        {
            return false;
        }

        seen.Add(from);
        return next.Exists(lockClass => lockClass == to || Reaches(lockClass, to, seen));
    }
}
