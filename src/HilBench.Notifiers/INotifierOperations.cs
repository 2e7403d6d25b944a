namespace HilBench.Notifiers;

/// <summary>
/// How notifiers of one kind are made and freed when they are got and put by reference:
/// <c>alloc_notifier</c> and <c>free_notifier</c> of <c>struct mmu_notifier_ops</c> (5.4 and later).
/// </summary>
public interface INotifierOperations
{
    /// <summary>Makes the notifier of an mm; null: it cannot, and get fails.</summary>
    INotifierClient? Allocate(uint mmId);

    /// <summary>The last reference is gone, and no traversal sees the notifier any more.</summary>
    void Free(INotifierClient client);
}
