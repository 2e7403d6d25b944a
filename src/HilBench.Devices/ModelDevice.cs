using HilBench.Devices.Model;
using HilBench.Pcie;

namespace HilBench.Devices;

/// <summary>
/// The reference device of docs/exerciser.md as a cycle-level model in C#: same registers, same rules, same faults as the
/// RTL, its own number of cycles for each step. Same input, same output, cycle for cycle.
/// </summary>
/// <remarks>
/// Time jumps from one cycle in which something happens to the next. Within a cycle the parts go in this order: transmit,
/// invalidation, translations coming in, slots, receive; what one part frees, another one uses a cycle later.
/// </remarks>
public sealed class ModelDevice : IDevice
{
    private readonly TlpRing _fromHost = new();
    private readonly TlpRing _toHost = new();
    private readonly ConfigurationSpace _configuration = new();
    private readonly TransmitQueue _transmit = new();
    private readonly TranslationCache _cache;
    private readonly DmaEngine _engine;
    private readonly InvalidationUnit _invalidation;
    private readonly HostTarget _target;
    private ulong _now;
    private ulong _wakeAt = Cycle.Never;
    private ulong _receivedAt = Cycle.Never; // when the TLP that is coming in is complete
    private bool _isReceiveHeld;             // it is complete and has nowhere to go

    /// <summary>Opens the model.</summary>
    /// <param name="fault">One of <see cref="KnownFaults"/>; null or empty for the correct device.</param>
    /// <exception cref="ArgumentException">There is no such fault.</exception>
    public ModelDevice(string? fault = null)
    {
        var parsed = ParseFault(fault);
        _cache = new TranslationCache(parsed);
        _engine = new DmaEngine(parsed, _configuration, _cache, _transmit);
        _invalidation = new InvalidationUnit(parsed, _configuration, _cache, _engine, _transmit);
        _target = new HostTarget(_configuration, _engine, _transmit);
    }

    /// <summary>The faults it can be opened with, by their ids in ats-rules C.</summary>
    public static IReadOnlyList<string> KnownFaults { get; } =
        [.. Enum.GetNames<ModelFault>().Where(name => name != nameof(ModelFault.None))];

    /// <inheritdoc/>
    public DeviceDescription Description { get; } =
        new("HilBench reference device (model)", "1", ClockHz: 250_000_000, KnownFaults);

    /// <inheritdoc/>
    public ulong Cycles => _now;

    /// <inheritdoc/>
    public void Reset(ResetKind kind)
    {
        _fromHost.Clear();
        _toHost.Clear();
        _configuration.Reset();
        _transmit.Clear();
        _transmit.Gap = 0;
        _cache.Clear();
        _engine.Reset();
        _invalidation.Clear();
        _wakeAt = _receivedAt = Cycle.Never;
        _isReceiveHeld = false;
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> tlp, ulong notBefore)
    {
        var isFirst = _fromHost.IsEmpty;
        _fromHost.Add(tlp, Math.Max(notBefore, _now));
        if (isFirst)
        {
            ReceiveNext(_now);
        }
    }

    /// <inheritdoc/>
    public void Run(ulong untilCycle, ulong lingerCycles)
    {
        var stopAt = Math.Max(untilCycle, _now);
        var isFirst = true;
        for (var next = NextCycle(); next <= stopAt && next != Cycle.Never; next = NextCycle())
        {
            _now = next;
            if (Step() && isFirst)
            {
                isFirst = false;
                stopAt = Math.Min(stopAt, _now > ulong.MaxValue - lingerCycles ? ulong.MaxValue : _now + lingerCycles);
            }
        }

        _now = stopAt;
    }

    /// <inheritdoc/>
    public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
    {
        if (_toHost.IsEmpty)
        {
            tlp = default;
            cycle = 0;
            return false;
        }

        tlp = _toHost.First(out cycle);
        _toHost.RemoveFirst();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing outside of managed memory.
    }

    private static ModelFault ParseFault(string? fault)
    {
        if (string.IsNullOrEmpty(fault))
        {
            return ModelFault.None;
        }

        return KnownFaults.Contains(fault, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<ModelFault>(fault, ignoreCase: true)
            : throw new ArgumentException(
                $"there is no fault {fault}; the model knows {string.Join(", ", KnownFaults)}", nameof(fault));
    }

    private ulong NextCycle()
    {
        var next = Math.Min(_wakeAt, _transmit.NextCycle);
        next = Math.Min(next, _invalidation.NextCycle);
        next = Math.Min(next, _isReceiveHeld ? Cycle.Never : _receivedAt);
        next = Math.Min(next, _engine.NextCycle());
        return next == Cycle.Never ? next : Math.Max(next, _now + 1);
    }

    /// <summary>One cycle. True when a TLP came out.</summary>
    private bool Step()
    {
        var now = _now;
        var isActive = false;
        var isComplete = false;
        if (_transmit.NextCycle <= now)
        {
            isComplete = _transmit.Step(now, _toHost);
            isActive = true;
        }

        isActive |= _invalidation.Step(now, out var isCacheTaken);
        isActive |= _engine.Step(now, isCacheTaken);
        if (_receivedAt <= now)
        {
            isActive |= Receive(now);
        }

        _wakeAt = isActive ? now + 1 : Cycle.Never;
        return isComplete;
    }

    private bool Receive(ulong now)
    {
        _isReceiveHeld = !TryTake(_fromHost.First(out _), now);
        if (_isReceiveHeld)
        {
            return false;
        }

        _fromHost.RemoveFirst();
        ReceiveNext(now);
        return true;
    }

    /// <summary>Starts to receive the first TLP in line, if there is one.</summary>
    private void ReceiveNext(ulong now)
    {
        if (_fromHost.IsEmpty)
        {
            _receivedAt = Cycle.Never;
            return;
        }

        var tlp = _fromHost.First(out var notBefore);
        _receivedAt = Math.Max(now, notBefore) + TransmitQueue.CyclesOf(tlp.Length);
    }

    /// <summary>Hands a received TLP to where it belongs. False when there is no room for it now.</summary>
    private bool TryTake(ReadOnlySpan<byte> bytes, ulong now)
    {
        if (!TlpView.TryRead(bytes, out var tlp, out _))
        {
            return true; // malformed: dropped, as the receive logic of a real device does
        }

        if (tlp.Kind == TlpKind.InvalidateRequest)
        {
            if (tlp.Destination != _configuration.OwnId || tlp.LengthDw != 2 || tlp.IsPoisoned)
            {
                return true;
            }

            if (!_invalidation.HasRoom)
            {
                return false;
            }

            _invalidation.Add(tlp, now);
            return true;
        }

        if (tlp.IsMessage)
        {
            return true;
        }

        if (tlp.IsCompletion)
        {
            if (tlp.Requester == _configuration.OwnId)
            {
                _engine.TakeCompletion(tlp, now);
            }

            return true;
        }

        if (HostTarget.NeedsAnswer(tlp) && !_transmit.HasRoom)
        {
            return false;
        }

        _target.Take(tlp, now);
        return true;
    }
}
