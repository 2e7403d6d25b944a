using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>
/// Shared virtual addressing: binds one address space to one PASID and passes every secondary-TLB invalidation of that
/// address space on to the device (as arm_smmu_mmu_notifier_ops and intel_mmuops do).
/// </summary>
public sealed class SvaBinding : INotifierClient
{
    private readonly InvalidationQueue _queue;
    private readonly PasidTable _table;
    private readonly List<ulong> _open = [];

    /// <summary>Prepares a binding: subscribe it to the address space first, then call <see cref="Install"/>.</summary>
    public SvaBinding(AddressSpace space, Pasid? pasid, PasidTable table, InvalidationQueue queue)
    {
        Space = space;
        Pasid = pasid;
        _table = table;
        _queue = queue;
    }

    /// <summary>The address space.</summary>
    public AddressSpace Space { get; }

    /// <summary>Its PASID; null for requests without one.</summary>
    public Pasid? Pasid { get; }

    /// <summary>Whether invalidations carry the Global Invalidate bit.</summary>
    public bool IsGlobal { get; set; }

    /// <summary>A fault of the host: notifier calls are swallowed. For tests of the checker.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>
    /// Lets the PASID stand for the address space: from now on the device gets translations, so the notifier is subscribed
    /// before. A PASID stands for one address space at a time.
    /// </summary>
    /// <remarks>Models <c>arm_smmu_mmu_notifier_get</c> and <c>intel_svm_bind_mm</c>: register, then write the context.</remarks>
    public void Install()
    {
        Invariant.Holds(_table.Find(Pasid) is null);
        _table.Bind(Pasid, Space);
    }

    /// <inheritdoc/>
    public NotifierCallbacks Callbacks =>
        NotifierCallbacks.InvalidateSecondaryTlb | NotifierCallbacks.InvalidatePage | NotifierCallbacks.Release;

    /// <remarks>Several CPUs may wait at once, and a device may complete in any order: all tickets count, not the last.</remarks>
    /// <inheritdoc/>
    public bool IsSettled
    {
        get
        {
            ForgetDone();
            return _open.Count == 0 || _queue.IsQuarantined;
        }
    }

    /// <inheritdoc/>
    public void InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end)
    {
        if (!IsDeaf)
        {
            // ~0 is how the kernel says "to the end of the address space".
            Invalidate(start.Value, end.Value == ulong.MaxValue ? ulong.MaxValue : end.Value - 1);
        }
    }

    /// <inheritdoc/>
    public void InvalidatePage(VirtualAddress address) =>
        InvalidateSecondaryTlb(new(address.Value & ~4095UL), new((address.Value | 4095) + 1));

    /// <summary>The PASID goes away: its entry leaves the table before the page tables do, and the device drops everything.</summary>
    public void Release()
    {
        _table.Bind(Pasid, null);
        Invalidate(0, ulong.MaxValue);
    }

    private void Invalidate(ulong first, ulong last)
    {
        ForgetDone();
        _open.Add(_queue.Enqueue(new InvalidationTarget(Pasid, IsGlobal), first, last));
    }

    private void ForgetDone()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_queue.IsDone(_open[i]))
            {
                _open.RemoveAt(i);
            }
        }
    }
}
