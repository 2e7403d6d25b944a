namespace HilBench.Notifiers;

/// <content>Registration and lifetime (notifier specification, 1.4).</content>
public sealed partial class NotifierSubscriptions
{
    private readonly List<Subscription> _dying = [];
    private readonly List<Subscription> _released = [];
    private Subscription[] _list = [];
    private uint _registrations;
    private int _traversals;

    /// <summary>Clients that were ever registered: the next one gets this index in journal lines.</summary>
    public uint Registrations => _registrations;

    /// <summary>Adds a client in front of the others; the caller has stopped all operations of the mm.</summary>
    /// <returns>The client's index in journal lines.</returns>
    /// <exception cref="ArgumentException">
    /// From 6.6 on: the client has both start/end and the secondary-TLB callback (-EINVAL in Linux).
    /// </exception>
    /// <exception cref="InvalidOperationException">A range is between start and end, or the client is
    /// registered.</exception>
    /// <remarks>Models <c>__mmu_notifier_register</c>; mm_take_all_locks keeps ranges from straddling it.</remarks>
    public uint Register(INotifierClient client)
    {
        RefuseMixed(client);
        if (!IsIdle || Array.Exists(_list, s => s.Client == client))
        {
            throw new InvalidOperationException("a range is in flight, or the client is registered already");
        }

        return Link(client, operations: null).Index;
    }

    /// <summary>
    /// Gets the notifier of a kind of client: the one that is there with one reference more, or a fresh one. The caller
    /// has stopped all operations of the mm.
    /// </summary>
    /// <returns>The client; null when <paramref name="operations"/> cannot make one.</returns>
    /// <exception cref="InvalidOperationException">
    /// The kernel is older than 5.4, or a range is between start and end.
    /// </exception>
    /// <remarks>Models <c>mmu_notifier_get_locked</c>: keyed by the mm and the operations.</remarks>
    public INotifierClient? Get(INotifierOperations operations)
    {
        if (!Profile.HasReferences || !IsIdle)
        {
            throw new InvalidOperationException(IsIdle ? $"{Profile.Name} has no mmu_notifier_get"
                : "a range is in flight");
        }

        if (Array.Find(_list, s => s.Operations == operations && !s.IsUnlinked) is { } existing)
        {
            existing.References++;
            return existing.Client;
        }

        var client = operations.Allocate(_mmId);
        if (client is not null)
        {
            RefuseMixed(client);
            Link(client, operations);
        }

        return client;
    }

    /// <summary>
    /// Drops a reference. The last one unlinks the notifier, without release, and frees it when no traversal can see
    /// it any more: possibly later.
    /// </summary>
    /// <exception cref="InvalidOperationException">The client was not got by reference.</exception>
    /// <remarks>Models <c>mmu_notifier_put</c>.</remarks>
    public void Put(INotifierClient client)
    {
        var subscription = Array.Find(_list, s => s.Client == client && s.Operations is not null)
            ?? _released.Find(s => s.Client == client)
            ?? throw new InvalidOperationException("the client was not got by reference");
        if (--subscription.References > 0)
        {
            return;
        }

        _released.Remove(subscription);
        Unlink(subscription);
        _dying.Add(subscription);
    }

    /// <summary>Waits until every notifier that was put for the last time is freed (module exit).</summary>
    /// <remarks>Models <c>mmu_notifier_synchronize</c> of 5.4 and later; one SRCU domain for each mm here.</remarks>
    public IEnumerable<PreemptionPoint> Synchronize()
    {
        while (_traversals > 0)
        {
            yield return new(PreemptionKind.SynchronizeWait, "mmu_notifier_synchronize");
        }

        FreeDying();
    }

    /// <summary>Removes a client without its release; it must wait itself before it is freed.</summary>
    /// <exception cref="InvalidOperationException">The kernel is 5.4 or newer.</exception>
    /// <remarks>Models <c>mmu_notifier_unregister_no_release</c> (up to 5.3).</remarks>
    public void UnregisterNoRelease(INotifierClient client)
    {
        if (!Profile.HasUnregisterNoRelease)
        {
            throw new InvalidOperationException($"{Profile.Name} has no mmu_notifier_unregister_no_release");
        }

        if (Array.Find(_list, s => s.Client == client) is { } subscription)
        {
            Unlink(subscription);
        }
    }

    /// <summary>
    /// Calls release, removes the client and waits for running traversals; after that no callback of it runs.
    /// </summary>
    /// <remarks>Models <c>mmu_notifier_unregister</c>.</remarks>
    public IEnumerable<PreemptionPoint> Unregister(CpuContext cpu, INotifierClient client)
    {
        var subscription = Array.Find(_list, s => s.Client == client);
        if (subscription is null)
        {
            yield break;
        }

        foreach (var point in CallRelease(cpu, subscription))
        {
            yield return point;
        }

        Unlink(subscription);
        while (_traversals > 0)
        {
            yield return new(PreemptionKind.SynchronizeWait, "mmu_notifier_unregister");
        }

        subscription.IsRegistered = false;
    }

    /// <summary>Calls release on every client and removes them all.</summary>
    /// <remarks>Models <c>__mmu_notifier_release</c>.</remarks>
    public IEnumerable<PreemptionPoint> Release(CpuContext cpu)
    {
        if (Intervals.IsEnabled)
        {
            var everything = new NotifierRange(new(0), new(ulong.MaxValue), NotifierEvent.Release, IsBlockable: true,
                Owner: 0);
            foreach (var point in Intervals.Start(cpu, everything))
            {
                yield return point;
            }

            Intervals.End();
        }

        var list = _list;
        foreach (var subscription in list)
        {
            foreach (var point in CallRelease(cpu, subscription))
            {
                yield return point;
            }
        }

        foreach (var subscription in list)
        {
            Unlink(subscription);
        }

        while (_traversals > 0)
        {
            yield return new(PreemptionKind.SynchronizeWait, "mmu_notifier_release");
        }

        foreach (var subscription in list)
        {
            subscription.IsRegistered = subscription.Operations is not null;
            if (subscription.Operations is not null && subscription.References > 0)
            {
                _released.Add(subscription);
            }
        }
    }

    private IEnumerable<PreemptionPoint> CallRelease(CpuContext cpu, Subscription subscription)
    {
        if (!Wants(subscription, NotifierCallbacks.Release) || subscription.IsReleased)
        {
            yield break;
        }

        subscription.IsReleased = true;
        _traversals++;
        yield return Before;
        Journal(cpu, subscription, NotifierCallback.Release, new(0), new(ulong.MaxValue), NotifierCallFlags.None);
        subscription.Client.Release();
        while (!IsSettled(cpu, subscription.Client))
        {
            yield return subscription.Client.PendingPoint;
        }

        Validator.OnCallbackReturned(cpu);

        EndTraversal();
        yield return After;
    }

    private Subscription Link(INotifierClient client, INotifierOperations? operations)
    {
        var subscription = new Subscription(client, _registrations++, operations);
        _list = [subscription, .. _list];
        UpdateHasSecondaryTlb();
        return subscription;
    }

    private void RefuseMixed(INotifierClient client)
    {
        const NotifierCallbacks both = NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd;
        if (Profile.RefusesMixedClients && client.Callbacks.HasFlag(NotifierCallbacks.InvalidateSecondaryTlb)
            && (client.Callbacks & both) != 0)
        {
            throw new ArgumentException("a client has either start/end or the secondary-TLB callback", nameof(client));
        }
    }

    /// <summary>Frees what was put, once no traversal runs: the callback of SRCU.</summary>
    private void EndTraversal()
    {
        _traversals--;
        if (_traversals == 0)
        {
            FreeDying();
        }
    }

    private void FreeDying()
    {
        foreach (var subscription in _dying)
        {
            subscription.IsRegistered = false;
            subscription.Operations!.Free(subscription.Client);
        }

        _dying.Clear();
    }

    private void Unlink(Subscription subscription)
    {
        subscription.IsUnlinked = true;
        _list = Array.FindAll(_list, s => s != subscription);
        UpdateHasSecondaryTlb();
        if (!HasSecondaryTlb)
        {
            Validator.OnSecondaryTlbGone(_mmId);
        }
    }

    private void UpdateHasSecondaryTlb() =>
        HasSecondaryTlb = Array.Exists(_list, s =>
            (s.Client.Callbacks & NotifierCallbacks.InvalidateSecondaryTlb) != 0);

    private sealed class Subscription(INotifierClient client, uint index, INotifierOperations? operations)
    {
        public INotifierClient Client { get; } = client;

        public uint Index { get; } = index;

        public INotifierOperations? Operations { get; } = operations;

        public int References { get; set; } = 1;

        public bool IsRegistered { get; set; } = true;

        public bool IsUnlinked { get; set; }

        public bool IsReleased { get; set; }
    }
}
