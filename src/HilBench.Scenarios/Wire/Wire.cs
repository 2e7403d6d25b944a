using HilBench.Devices;
using HilBench.Journal;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>
/// The link between host and device, and the clock of a run. It delays the host's TLPs, reorders them only as PCIe
/// allows (a posted request passes completions; completions and non-posted requests never pass a posted request), and
/// moves the device.
/// </summary>
public sealed partial class Wire : ITlpPort, IClock
{
    private readonly IDevice _device;
    private readonly TlpSlots _slots = new();
    private readonly SeededChoice _choice;
    private readonly ulong _origin;
    private readonly ulong[] _lastOf = new ulong[(int)DownstreamClass.PrgResponse + 1];
    private readonly Queue<InFlight> _handedOver = new();
    private readonly List<InFlight> _held = [];
    private InFlight[] _pending = new InFlight[64];
    private int _pendingCount;
    private ulong _lastPosted;
    private ulong _lastHandedOver;
    private EventJournal? _journal;
    private RootPort? _root;

    /// <summary>Makes an idle wire.</summary>
    /// <param name="device">The device; not owned.</param>
    /// <param name="choice">Decides the jitter.</param>
    public Wire(IDevice device, SeededChoice choice)
    {
        _device = device;
        _choice = choice;
        _origin = device.Cycles;
    }

    /// <summary>How long TLPs take.</summary>
    public WireTiming Timing { get; } = new();

    /// <summary>The host's time: device clock cycles since this wire was made.</summary>
    public ulong Now { get; private set; }

    /// <summary>Decides the jitter in place of the generator that the wire was made with.</summary>
    internal RunChoices? Delays { get; set; }

    /// <summary>TLPs that the host sent.</summary>
    public long SentToDevice { get; private set; }

    /// <summary>TLPs that the device sent.</summary>
    public long ReceivedFromDevice { get; private set; }

    /// <summary>Translation Completions are kept back until <see cref="Release"/>.</summary>
    public bool IsHoldingTranslations { get; set; }

    /// <summary>Read completions are kept back until <see cref="Release"/>.</summary>
    public bool IsHoldingReads { get; set; }

    /// <summary>TLPs that are kept back.</summary>
    public int HeldCount => _held.Count;

    /// <summary>Says where the device's TLPs go.</summary>
    public void Connect(EventJournal journal, RootPort root)
    {
        _journal = journal;
        _root = root;
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> tlp, DownstreamClass order)
    {
        _journal!.Append(JournalKind.TlpToDevice, tlp);
        SentToDevice++;
        if (Deliveries is not null)
        {
            Deliveries.Send(tlp, order);
            return;
        }

        if (IsHeld(order))
        {
            _held.Add(new InFlight(_slots.Store(tlp), order, _lastPosted));
            return;
        }

        var jitter = Timing.JitterCycles == 0 ? 0 : Delays?.NextDelay(Timing.JitterCycles) ?? _choice.Below((ulong)Timing.JitterCycles + 1);
        var at = DeliveryTime(order, _lastPosted, Now + (ulong)(Timing.LatencyCycles + Timing[order]) + jitter);
        if (_pendingCount == 0 && at <= Now + (ulong)Timing.LatencyCycles)
        {
            HandOver(tlp, order, at, slot: -1);
        }
        else
        {
            Insert(new InFlight(_slots.Store(tlp), order, _lastPosted) { DeliverAt = at });
        }
    }

    /// <summary>Sends what was kept back on its way, in order.</summary>
    /// <param name="afterCycles">Cycles until the first is delivered; at least the wire's latency.</param>
    public void Release(int afterCycles = 0)
    {
        IsHoldingTranslations = false;
        IsHoldingReads = false;
        foreach (var inFlight in _held)
        {
            var wanted = Now + (ulong)(Math.Max(Timing.LatencyCycles, afterCycles) + Timing[inFlight.Order]);
            Insert(inFlight with { DeliverAt = DeliveryTime(inFlight.Order, inFlight.NotBefore, wanted) });
        }

        _held.Clear();
    }

    /// <summary>
    /// Moves the device until <paramref name="until"/>, or until it has sent something and the host has dealt with it.
    /// </summary>
    /// <returns>Whether the device sent anything.</returns>
    public bool Step(ulong until)
    {
        HandOver(until);
        var latency = (ulong)Timing.LatencyCycles;
        var stop = until;
        if (_pendingCount > 0 && _pending[0].DeliverAt - latency < stop)
        {
            stop = Math.Max(DeviceNow + 1, _pending[0].DeliverAt - latency);
        }

        _device.Run(_origin + stop, latency - 1);
        var isAny = false;
        while (_device.TryReceive(out var tlp, out var cycle))
        {
            isAny = true;
            ReceivedFromDevice++;
            Advance(Math.Max(Now, cycle - _origin));
            _journal!.Append(JournalKind.TlpFromDevice, tlp);
            _root!.Receive(tlp);
        }

        Advance(Math.Max(Now, DeviceNow));
        return isAny;
    }

    /// <summary>Resets the device; what is on the wire is lost.</summary>
    public void Reset(ResetKind kind)
    {
        _device.Reset(kind);
        for (var i = 0; i < _pendingCount; i++)
        {
            _slots.Free(_pending[i].Slot);
        }

        _pendingCount = 0;
        foreach (var inFlight in _held)
        {
            _slots.Free(inFlight.Slot);
        }

        _held.Clear();
        while (_handedOver.TryDequeue(out var inFlight))
        {
            _slots.Free(inFlight.Slot);
        }

        Array.Clear(_lastOf);
        _lastPosted = 0;
        Now = Math.Max(Now, DeviceNow);
        _journal!.Append(JournalKind.DeviceReset, []);
    }

    private ulong DeviceNow => _device.Cycles - _origin;

    private bool IsHeld(DownstreamClass order) =>
        (IsHoldingTranslations && order == DownstreamClass.TranslationCompletion) ||
        (IsHoldingReads && order == DownstreamClass.ReadCompletion);

    // A posted request passes everything but posted ones; the others stay behind posted ones sent before, and in order.
    private ulong DeliveryTime(DownstreamClass order, ulong notBefore, ulong wanted)
    {
        var isPosted = order is DownstreamClass.Posted or DownstreamClass.InvalidateRequest or DownstreamClass.PrgResponse;
        ref var last = ref _lastOf[(int)order];
        var at = Math.Max(wanted, isPosted ? _lastPosted : Math.Max(notBefore, last));
        last = at;
        _lastPosted = isPosted ? at : _lastPosted;
        return at;
    }

    private void Insert(in InFlight inFlight)
    {
        if (_pendingCount == _pending.Length)
        {
            Array.Resize(ref _pending, _pending.Length * 2);
        }

        var place = _pendingCount++;
        while (place > 0 && _pending[place - 1].DeliverAt > inFlight.DeliverAt)
        {
            _pending[place] = _pending[place - 1];
            place--;
        }

        _pending[place] = inFlight;
    }

    // An answer to what the device sends from now on arrives no earlier than one latency from now: what is due by then
    // may be handed over already.
    private void HandOver(ulong until)
    {
        var horizon = Math.Min(until, Now + (ulong)Timing.LatencyCycles);
        var count = 0;
        while (count < _pendingCount && _pending[count].DeliverAt <= horizon)
        {
            ref readonly var inFlight = ref _pending[count++];
            HandOver(_slots[inFlight.Slot], inFlight.Order, inFlight.DeliverAt, inFlight.Slot);
        }

        if (count > 0)
        {
            _pendingCount -= count;
            Array.Copy(_pending, count, _pending, 0, _pendingCount);
        }
    }

    // What the device must have received for a rule to hold is journaled when it is delivered: it stays until then.
    private void HandOver(ReadOnlySpan<byte> tlp, DownstreamClass order, ulong at, int slot)
    {
        _lastHandedOver = Math.Max(_lastHandedOver, at);
        _device.Send(tlp, _origin + _lastHandedOver);
        if (order is not (DownstreamClass.Posted or DownstreamClass.NonPosted))
        {
            _handedOver.Enqueue(new InFlight(slot < 0 ? _slots.Store(tlp) : slot, order, 0) { DeliverAt = _lastHandedOver });
        }
        else if (slot >= 0)
        {
            _slots.Free(slot);
        }
    }

    private void Advance(ulong time)
    {
        while (_handedOver.TryPeek(out var inFlight) && inFlight.DeliverAt <= time)
        {
            _handedOver.Dequeue();
            Now = Math.Max(Now, inFlight.DeliverAt);
            _journal!.Append(JournalKind.TlpDelivered, _slots[inFlight.Slot]);
            _slots.Free(inFlight.Slot);
        }

        Now = time;
    }

    private readonly record struct InFlight(int Slot, DownstreamClass Order, ulong NotBefore)
    {
        public ulong DeliverAt { get; init; }
    }
}
