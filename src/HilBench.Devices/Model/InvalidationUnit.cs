using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// The invalidation queue and the one request that is processed at a time. A request keeps its place in the queue until
/// its completion is in the transmit queue. Source: docs/exerciser.md.
/// </summary>
internal sealed class InvalidationUnit(
    ModelFault fault,
    ConfigurationSpace configuration,
    TranslationCache cache,
    DmaEngine engine,
    TransmitQueue transmit)
{
    /// <summary>Invalidate Queue Depth.</summary>
    public const int Depth = 32;

    private const ulong DecodeCycles = 4;

    private readonly Invalidation[] _queue = new Invalidation[Depth]; // ring
    private int _head;
    private int _count;
    private bool _isDraining; // the head has dropped its entries and waits to complete

    public bool HasRoom => _count < Depth;

    /// <summary>The next cycle in which something happens without anything from outside.</summary>
    public ulong NextCycle => _count == 0 ? Cycle.Never
        : !_isDraining ? _queue[_head].ReadyAt
        : CanComplete ? 0 : Cycle.Never;

    private bool CanComplete => engine.DrainReads == 0 && engine.DrainSlots == 0 && transmit.HasRoom;

    public void Clear()
    {
        _head = _count = 0;
        _isDraining = false;
    }

    /// <summary>Queues a request; there must be room.</summary>
    public void Add(TlpView tlp, ulong now)
    {
        _queue[(_head + _count) % Depth] = new Invalidation(
            Misread(tlp.InvalidateRange),
            Context.Of(tlp),
            tlp.IsGlobalInvalidate,
            tlp.Requester,
            tlp.ITag,
            now + DecodeCycles);
        _count++;
    }

    /// <summary>
    /// Goes on to <paramref name="now"/>. True when it used the cache: nobody else may in this cycle.
    /// </summary>
    public bool Step(ulong now)
    {
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

            cache.Invalidate(request);
            engine.Invalidate(request, now);
            _isDraining = true;
            return true;
        }

        if (CanComplete)
        {
            Complete(request, now);
            _head = (_head + 1) % Depth;
            _count--;
            _isDraining = false;
        }

        return false;
    }

    private void Complete(in Invalidation request, ulong now)
    {
        var completion = new InvalidateCompletion(configuration.OwnId, request.Agent, request.ITag.VectorBit);
        var size = TlpWriter.WriteInvalidateCompletion(transmit.Room, completion);
        if (fault == ModelFault.M29)
        {
            transmit.AddFirst(size, now);
        }
        else
        {
            transmit.Add(size, now);
        }
    }

    private AtsRange Misread(AtsRange range) => fault switch
    {
        ModelFault.M05 when range.SizeShift > AtsRange.MinSizeShift => AtsRange.Around(range.Base, range.SizeShift - 1),
        ModelFault.M06 when range.SizeShift > 21 => AtsRange.Around(range.Base, 21),
        _ => range,
    };
}
