using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// The invalidation queue and the one request that is processed at a time. A request keeps its place in the queue until
/// its completion is in the transmit queue. Source: docs/exerciser.md.
/// </summary>
internal sealed class InvalidationUnit
{
    private const ulong DecodeCycles = 4;

    private readonly ModelFault _fault;
    private readonly TranslationCache _cache;
    private readonly DmaEngine _engine;
    private readonly TransmitQueue _transmit;
    private readonly Invalidation[] _queue; // ring
    private int _head;
    private int _count;
    private bool _isDraining; // the head has dropped its entries and waits to complete
    private int _classes;     // of its completions

    public InvalidationUnit(
        ModelFault fault,
        ModelParameters parameters,
        ConfigurationSpace configuration,
        TranslationCache cache,
        DmaEngine engine,
        TransmitQueue transmit)
    {
        _fault = fault;
        _cache = cache;
        _engine = engine;
        _transmit = transmit;
        _queue = new Invalidation[parameters.QueueDepth0 + parameters.QueueDepth1];
        Closer = new InvalidationCloser(fault, configuration, transmit);
    }

    public InvalidationCloser Closer { get; }

    public bool HasRoom => _count < _queue.Length;

    /// <summary>The next cycle in which something happens without anything from outside.</summary>
    public ulong NextCycle => Math.Min(Closer.NextCycle, _count == 0 ? Cycle.Never
        : !_isDraining ? _queue[_head].ReadyAt
        : CanComplete ? 0 : Cycle.Never);

    private bool CanComplete => !_engine.IsDraining && _transmit.HasRoom
        && !(_fault == ModelFault.M51 && _engine.HasPageRequestsOut);

    public void Clear()
    {
        _head = _count = 0;
        _isDraining = false;
        Closer.Reset();
    }

    /// <summary>Queues a request for a function; there must be room.</summary>
    public void Add(TlpView tlp, int function, ulong now)
    {
        _queue[(_head + _count) % _queue.Length] = new Invalidation(
            Misread(tlp.InvalidateRange),
            Context.Of(tlp, function),
            tlp.IsGlobalInvalidate && tlp.HasPasid,
            tlp.Requester,
            tlp.ITag,
            tlp.TrafficClass,
            now + DecodeCycles);
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

            _cache.Invalidate(request);
            _engine.Invalidate(request, now);
            var used = _engine.UsedClasses(request.Function);
            _classes = used != 0 ? used : 1 << request.TrafficClass;
            _isDraining = true;
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

    private void Complete(in Invalidation request, ulong now)
    {
        var record = new ClosingRecord(request.Function, request.Agent, request.ITag.VectorBit, _classes);
        ref readonly var next = ref _queue[(_head + 1) % _queue.Length];
        var hasFollower = _count > 1 && next.ReadyAt <= now
            && next.Function == request.Function && next.Agent == request.Agent;
        Closer.Close(record, hasFollower, now);
        _head = (_head + 1) % _queue.Length;
        _count--;
        _isDraining = false;
    }

    private AtsRange Misread(AtsRange range) => _fault switch
    {
        ModelFault.M05 when range.SizeShift > AtsRange.MinSizeShift => AtsRange.Around(range.Base, range.SizeShift - 1),
        ModelFault.M06 when range.SizeShift > 21 => AtsRange.Around(range.Base, 21),
        _ => range,
    };
}
