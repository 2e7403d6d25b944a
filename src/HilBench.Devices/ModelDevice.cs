using HilBench.Devices.Model;
using HilBench.Pcie;

namespace HilBench.Devices;

/// <summary>
/// The reference device of docs/exerciser.md as a cycle-level model in C#: same registers, same rules, same faults as
/// the RTL, its own number of cycles for each step. Same input, same output, cycle for cycle.
/// </summary>
/// <remarks>
/// Time jumps from one cycle in which something happens to the next. Within a cycle the parts go in this order:
/// transmit, invalidation, translations coming in, slots, receive; what one part frees, another one uses a cycle
/// later.
/// </remarks>
public sealed class ModelDevice : IDevice
{
    private const ulong DecodeCycles = 4;

    private readonly TlpRing _fromHost = new();
    private readonly TlpRing _toHost = new();
    private readonly ConfigurationSpace _configuration;
    private readonly TransmitQueue _transmit = new();
    private readonly TranslationCache _cache;
    private readonly DmaEngine _engine;
    private readonly InvalidationUnit _invalidation;
    private readonly InvalidationDecoder _decoder;
    private readonly ExerciserBar _bar;
    private readonly HostTarget _target;
    private ulong _now;
    private ulong _receivedAt = Cycle.Never; // when the TLP that is coming in is complete
    private Hold _hold;                      // why it has nowhere to go

    /// <summary>Opens the model.</summary>
    /// <param name="fault">One of <see cref="KnownFaults"/>; null or empty for the correct device.</param>
    /// <param name="size">Its parameters.</param>
    /// <exception cref="ArgumentException">There is no such fault.</exception>
    public ModelDevice(string? fault = null, DeviceSize size = DeviceSize.Standard)
    {
        var parsed = ParseFault(fault);
        IsFaulty = parsed != ModelFault.None;
        var parameters = ModelParameters.Of(size);
        _configuration = new ConfigurationSpace(parameters);
        _cache = new TranslationCache(parsed, parameters);
        _engine = new DmaEngine(parsed, _configuration, _cache, _transmit);
        _invalidation = new InvalidationUnit(parsed, parameters, _configuration, _cache, _engine, _transmit);
        _decoder = new InvalidationDecoder(parsed);
        _bar = new ExerciserBar(parsed, _engine, _invalidation.Closer, _transmit, _cache.Entries);
        _target = new HostTarget(_configuration, _engine, _invalidation, _transmit, _bar);
    }

    /// <summary>The faults it can be opened with, by their ids in ats-rules C.</summary>
    public static IReadOnlyList<string> KnownFaults { get; } =
        [.. Enum.GetNames<ModelFault>().Where(name => name != nameof(ModelFault.None))];

    /// <summary>Whether it was opened with a fault.</summary>
    public bool IsFaulty { get; }

    /// <inheritdoc/>
    public DeviceDescription Description { get; } =
        new("HilBench reference device (model)", "2", ClockHz: 250_000_000, KnownFaults);

    /// <inheritdoc/>
    public ulong Cycles => _now;

    /// <inheritdoc/>
    public void Reset(ResetKind kind)
    {
        _fromHost.Clear();
        _toHost.Clear();
        _configuration.Reset();
        _transmit.Clear();
        _cache.Clear();
        _engine.Reset();
        _invalidation.Clear();
        _bar.Reset();
        _receivedAt = Cycle.Never;
        _hold = Hold.None;
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
        var next = Math.Min(_transmit.NextCycle, _engine.NextCycle());
        next = Math.Min(next, _invalidation.NextCycle);
        next = Math.Min(next, CanReceive() ? _receivedAt : Cycle.Never);
        return next == Cycle.Never ? next : Math.Max(next, _now + 1);
    }

    private bool CanReceive() => _hold switch
    {
        Hold.InvalidationQueue => _invalidation.HasRoom,
        Hold.TransmitQueue => _transmit.HasRoom,
        _ => true,
    };

    /// <summary>One cycle. True when a TLP came out.</summary>
    private bool Step()
    {
        var isComplete = _transmit.NextCycle <= _now && _transmit.Step(_now, _toHost);
        var isCacheTaken = _invalidation.Step(_now);
        _engine.Step(_now, isCacheTaken);
        if (_receivedAt <= _now)
        {
            Receive(_now);
        }

        return isComplete;
    }

    private void Receive(ulong now)
    {
        _hold = Take(_fromHost.First(out _), now);
        if (_hold == Hold.None)
        {
            _fromHost.RemoveFirst();
            ReceiveNext(now);
        }
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

    /// <summary>Hands a received TLP to where it belongs. Holds it when there is no room for it now.</summary>
    private Hold Take(ReadOnlySpan<byte> bytes, ulong now)
    {
        if (!TlpView.TryRead(bytes, out var tlp, out _))
        {
            return Hold.None; // malformed: dropped, as the receive logic of a real device does
        }

        if (_decoder.IsTaken(tlp))
        {
            return TakeInvalidation(tlp, now);
        }

        if (tlp.IsMessage)
        {
            if (tlp.Kind == TlpKind.PrgResponse && _configuration.TryFind(tlp.Destination, out var asker)
                && _configuration[asker].HasAts)
            {
                _engine.TakePageResponse(tlp, asker, now);
            }

            return Hold.None;
        }

        if (tlp.IsCompletion)
        {
            if (_configuration.TryFind(tlp.Requester, out var requester))
            {
                _engine.TakeCompletion(tlp, requester, now);
            }

            return Hold.None;
        }

        if (HostTarget.NeedsRoom(tlp) && !_transmit.HasRoom)
        {
            return Hold.TransmitQueue;
        }

        _target.Take(tlp, now);
        return Hold.None;
    }

    private Hold TakeInvalidation(TlpView tlp, ulong now)
    {
        var isOurs = _configuration.TryFind(tlp.Destination, out var function) && _configuration[function].HasAts;
        if (!isOurs)
        {
            return Hold.None;
        }

        if (!_invalidation.HasRoom)
        {
            return Hold.InvalidationQueue;
        }

        _invalidation.Add(_decoder.Decode(tlp, function, now + DecodeCycles));
        return Hold.None;
    }

    /// <summary>What a complete TLP waits for room in.</summary>
    private enum Hold
    {
        None,
        InvalidationQueue,
        TransmitQueue,
    }
}
