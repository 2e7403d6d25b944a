using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// The invalidation queue and the one request that is processed at a time. A request keeps its place in the queue until
/// its completion is in the transmit queue. Source: docs/exerciser.md.
/// </summary>
internal sealed class InvalidationUnit
{
    private readonly ModelFault _fault;
    private readonly ConfigurationSpace _configuration;
    private readonly TranslationCache _cache;
    private readonly DmaEngine _engine;
    private readonly TransmitQueue _transmit;
    private readonly Invalidation[] _queue; // ring
    private int _head;
    private int _count;
    private bool _isDraining; // the head has dropped its entries and waits to complete
    private bool _isMatching; // M46: it met an entry
    private int _classes;     // of its completions
    private int _processed;   // M77

    public InvalidationUnit(
        ModelFault fault,
        ModelParameters parameters,
        ConfigurationSpace configuration,
        TranslationCache cache,
        DmaEngine engine,
        TransmitQueue transmit)
    {
        _fault = fault;
        _configuration = configuration;
        _cache = cache;
        _engine = engine;
        _transmit = transmit;
        _queue = new Invalidation[parameters.QueueDepth0 + parameters.QueueDepth1];
        Closer = new InvalidationCloser(fault, configuration, transmit);
    }

    public InvalidationCloser Closer { get; }

    public bool HasRoom => _fault switch
    {
        ModelFault.M44 => _count < _queue.Length - 1,
        ModelFault.M45 => true,
        _ => _count < _queue.Length,
    };

    /// <summary>The next cycle in which something happens without anything from outside.</summary>
    public ulong NextCycle => Math.Min(Closer.NextCycle, _count == 0 ? Cycle.Never
        : !_isDraining ? _queue[_head].ReadyAt
        : CanComplete ? 0 : Cycle.Never);

    private bool CanComplete => !_engine.IsDraining && _transmit.HasRoom && !WaitsWrongly;

    private bool WaitsWrongly => _fault switch
    {
        ModelFault.M47 => !_configuration[_queue[_head].Function].IsBusMasterEnabled,
        ModelFault.M51 => _engine.HasPageRequestsOut,
        ModelFault.M52 => _engine.HasTranslationsOut,
        _ => false,
    };

    public void Clear()
    {
        _head = _count = 0;
        _isDraining = false;
        _processed = 0;
        Closer.Reset();
    }

    /// <summary>Queues a request; there must be room.</summary>
    public void Add(in Invalidation request)
    {
        var youngest = _count == 0 ? default : _queue[(_head + _count - 1) % _queue.Length];
        var isSame = _count > 0 && youngest.Range == request.Range && youngest.Context == request.Context;
        if ((_fault == ModelFault.M42 && _isDraining) || (_fault == ModelFault.M43 && isSame))
        {
            return;
        }

        if (_fault == ModelFault.M45 && _count == _queue.Length)
        {
            Remove();
        }

        _queue[(_head + _count) % _queue.Length] = request;
        _count++;
    }

    /// <summary>
    /// Goes on to <paramref name="now"/>. True when it used the cache: nobody else may in this cycle.
    /// </summary>
    public bool Step(ulong now)
    {
        if (Closer.NextCycle <= now)
        {
            Closer.Step(now);
        }

        if (_count == 0)
        {
            return false;
        }

        ref readonly var request = ref _queue[_head];
        if (!_isDraining)
        {
            if (request.ReadyAt > now)
            {
                return false;
            }

            Invalidate(request, now);
            return true;
        }

        if (CanComplete)
        {
            Complete(request, now);
        }

        return false;
    }

    /// <summary>Forgets the requests for a function.</summary>
    public void Forget(int function)
    {
        if (_fault == ModelFault.M50)
        {
            return;
        }

        Closer.Forget(function);
        _isDraining = _isDraining && _queue[_head].Function != function;
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            var request = _queue[(_head + i) % _queue.Length];
            if (request.Function != function)
            {
                _queue[(_head + kept++) % _queue.Length] = request;
            }
        }

        _count = kept;
    }

    /// <summary>Step 1 and 2, and what step 3 has to wait for.</summary>
    private void Invalidate(in Invalidation request, ulong now)
    {
        _processed++;
        var isVoid = request.IsVoid || IsSkipped(request);
        _isMatching = !isVoid && !KeepsAll(request) && _cache.Invalidate(request, now);
        _engine.Invalidate(request, isVoid, now);
        var used = _engine.UsedClasses(request.Function);
        _classes = used != 0 ? used : 1 << request.TrafficClass;
        if (_fault == ModelFault.M36 && used != 0)
        {
            _classes = 1;
        }

        _isDraining = true;
    }

    private bool IsSkipped(in Invalidation request) => _fault switch
    {
        ModelFault.M01 => true,
        ModelFault.M48 => !_configuration[request.Function].IsAtsEnabled,
        ModelFault.M77 => _processed % 256 == 0,
        _ => false,
    };

    private bool KeepsAll(in Invalidation request) => _fault == ModelFault.M73
        && request.Context.HasPasid && !request.IsGlobal && request.Range == AtsRange.Everything;

    private void Complete(in Invalidation request, ulong now)
    {
        var vector = _fault == ModelFault.M38 ? 1u << (request.ITag.Value & 15) : request.ITag.VectorBit;
        var record = new ClosingRecord(request.Function, request.Agent, vector, _classes);
        ref readonly var next = ref _queue[(_head + 1) % _queue.Length];
        var hasFollower = _count > 1 && next.ReadyAt <= now
            && next.Function == request.Function && next.Agent == request.Agent;
        if (_fault != ModelFault.M46 || _isMatching)
        {
            Closer.Close(record, hasFollower, now);
        }

        Remove();
    }

    private void Remove()
    {
        // Nothing stays of what is done: equal states look equal.
        _queue[_head] = default;
        _count--;
        _head = _count == 0 ? 0 : (_head + 1) % _queue.Length;
        _isDraining = false;
    }
}
