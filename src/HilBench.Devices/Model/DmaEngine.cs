using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// The eight slots, from COMMAND to completion record. Source: docs/exerciser.md, "How an operation runs".
/// </summary>
/// <remarks>
/// <code>
///   COMMAND ─2▶ Lookup ─hit 2▶ IssueMemory ─▶ Lookup ... ─▶ AwaitReads ─▶ Finish
///                  └─miss 2▶ IssueTranslation ─▶ (host) ─2▶ store, one entry a cycle ─1▶ Lookup
///                                                              └─no access─▶ RequestPages ─▶ (host) ─1▶ Lookup
/// </code>
/// Numbers are cycles. One slot looks up in a cycle, in turn.
/// </remarks>
internal sealed partial class DmaEngine
{
    public const int Slots = 8;
    public const int MaxLengthBytes = 4096;

    private const ulong StartCycles = 2;

    private readonly ModelFault _fault;
    private readonly ConfigurationSpace _configuration;
    private readonly TranslationCache _cache;
    private readonly TransmitQueue _transmit;
    private readonly TranslationRequester _requester;
    private readonly MemoryUnit _memory;
    private readonly PageRequestUnit _pages;
    private readonly DmaSlot[] _slots = new DmaSlot[Slots];
    private readonly SlotSchedule _schedule = new();
    private readonly int[] _usedClasses = new int[ConfigurationSpace.Functions]; // bit i: class i
    private readonly bool[] _keepsOver = new bool[ConfigurationSpace.Functions]; // M49: since a function-level reset
    private int _lastLookup;

    // M56: what was refused last.
    private ulong _refusedPage = ulong.MaxValue;
    private Context _refusedContext;

    public DmaEngine(
        ModelFault fault, ConfigurationSpace configuration, TranslationCache cache, TransmitQueue transmit)
    {
        _fault = fault;
        _configuration = configuration;
        _cache = cache;
        _transmit = transmit;
        _requester = new TranslationRequester(fault, configuration, cache, transmit);
        _memory = new MemoryUnit(fault, configuration, transmit);
        _pages = new PageRequestUnit(fault, configuration, transmit);
        Prefetcher = new Prefetcher(configuration, cache, transmit, _requester);
        for (var i = 0; i < Slots; i++)
        {
            _slots[i] = new DmaSlot(i, _schedule);
        }
    }

    /// <summary>Bit i: slot i is busy.</summary>
    public uint Busy => _schedule.Busy;

    /// <summary>Lookups that hit.</summary>
    public uint Hits { get; private set; }

    /// <summary>Lookups that missed.</summary>
    public uint Misses { get; private set; }

    /// <summary>Where completion records go; 0: nowhere.</summary>
    public uint Notify { get; set; }

    /// <summary>TIMEOUT.</summary>
    public uint Timeout
    {
        get => _requester.Timeout;
        set => _requester.Timeout = value;
    }

    public Prefetcher Prefetcher { get; }

    /// <summary>The invalidation in progress waits for data, or for a slot to send what it has looked up.</summary>
    public bool IsDraining => _memory.DrainReads != 0 || DrainSlots != 0;

    /// <summary>A Page Request of any function is out.</summary>
    public bool HasPageRequestsOut => _pages.IsAnyOut;

    /// <summary>A Translation Request of any function is out.</summary>
    public bool HasTranslationsOut => _requester.IsAnyOut;

    /// <summary>Bit i: it waits for slot i to put its memory request into the transmit queue.</summary>
    private uint DrainSlots { get; set; }

    public DmaSlot Slot(int index) => _slots[index];

    /// <summary>The traffic classes of a function's translated requests since ATS was enabled; bit i: class i.</summary>
    public int UsedClasses(int function) => _usedClasses[function];

    public void Reset()
    {
        _schedule.Clear();
        foreach (var slot in _slots)
        {
            slot.Reset();
        }

        _requester.Reset();
        _memory.Reset();
        _pages.Reset();
        Array.Clear(_usedClasses);
        Array.Clear(_keepsOver);
        _refusedPage = ulong.MaxValue;
        _lastLookup = 0;
        DrainSlots = 0;
        ResetRegisters();
    }

    /// <summary>The registers of BAR0 below the slots.</summary>
    public void ResetRegisters()
    {
        Hits = Misses = Notify = Timeout = 0;
        Prefetcher.Reset();
    }

    /// <summary>The next cycle in which something happens without anything from outside.</summary>
    public ulong NextCycle()
    {
        var next = Math.Min(_requester.StoreAt, _schedule.NextCycle(_transmit.HasRoom));
        return Math.Min(Math.Min(next, Prefetcher.NextCycle), _requester.TimeoutAt());
    }

    /// <summary>A write to COMMAND. Ignored when the slot is busy.</summary>
    public void Start(int index, uint command, ulong now)
    {
        var slot = _slots[index];
        if (slot.IsBusy)
        {
            return;
        }

        var isGood = slot.Begin(command);
        slot.Go(SlotPhase.Lookup, now + StartCycles);
        if (!isGood)
        {
            slot.Fail(DmaError.BadCommand, now);
        }
    }

    /// <summary>Goes on to <paramref name="now"/>.</summary>
    /// <param name="now">This cycle.</param>
    /// <param name="isCacheTaken">An invalidation has the cache in this cycle: no lookup, no store.</param>
    public void Step(ulong now, bool isCacheTaken)
    {
        if (!isCacheTaken && _requester.StoreAt <= now && _requester.Step(now) is { } answered)
        {
            EndTranslation(answered, now);
        }

        while (_requester.Timeout != 0 && _requester.NextTimedOut(now) is { } late)
        {
            if (late.Owner != TranslationAsk.Prefetcher)
            {
                _slots[late.Owner].Fail(DmaError.TranslationFailed, now);
            }
        }

        for (var left = _schedule.Ready(_schedule.Issues, now); left != 0 && _transmit.HasRoom; left &= left - 1)
        {
            Issue(_slots[BitOperations.TrailingZeroCount(left)], now);
        }

        if (Prefetcher.NextCycle <= now)
        {
            Prefetcher.Step(now);
        }

        var lookups = _schedule.Ready(_schedule.Lookups, now);
        if (lookups != 0)
        {
            LookUpOne(lookups, now, isCacheTaken);
        }
    }

    /// <summary>Marks requests in flight and finds out what an invalidation has to wait for.</summary>
    /// <param name="request">What is invalidated.</param>
    /// <param name="isVoid">Nothing is marked: only in a faulty device.</param>
    /// <param name="now">This cycle.</param>
    public void Invalidate(in Invalidation request, bool isVoid, ulong now)
    {
        if (!isVoid)
        {
            _requester.Invalidate(request, now);
        }

        _refusedPage = ulong.MaxValue;
        _memory.Invalidate(request);
        DrainSlots = 0;
        if (_fault == ModelFault.M80)
        {
            return;
        }

        foreach (var slot in _slots)
        {
            if (slot.Phase == SlotPhase.IssueMemory && !slot.UsesNone
                && request.Covers(slot.UsedRange, slot.Context, slot.UsesGlobal))
            {
                DrainSlots |= 1u << slot.Index;
            }
        }
    }

    /// <summary>Does what a write to the configuration space of a function means for its operations.</summary>
    public void Apply(ConfigurationEffect effect, int function, ulong now)
    {
        if ((effect & ConfigurationEffect.FunctionReset) != 0)
        {
            Forget(function);
            return;
        }

        if ((effect & ConfigurationEffect.ClassesEnd) != 0)
        {
            _usedClasses[function] = 0;
        }

        var isAtsSwitch = (effect & ConfigurationEffect.ClassesEnd) != 0;
        if ((effect & ConfigurationEffect.TranslationsEnd) != 0 && !(_fault == ModelFault.M48 && isAtsSwitch))
        {
            ForgetTranslations(function, now);
            _keepsOver[function] &= !_configuration[function].IsAtsEnabled;
        }

        if ((effect & ConfigurationEffect.OperationsEnd) != 0)
        {
            EndOperations(DmaError.NotEnabled, function, pasid: null, now);
        }

        if ((effect & ConfigurationEffect.PageRequestReset) != 0)
        {
            _pages.Forget(function);
            FailPageRequests(DmaError.PageRequestFailed, function, now);
        }

        if ((effect & ConfigurationEffect.PageRequests) != 0)
        {
            _pages.TakeSettings(function);
            if (!_configuration[function].IsActive)
            {
                FailPageRequests(DmaError.NotEnabled, function, now);
            }

            WakePageRequests(now);
        }
    }

    /// <summary>A write to PAGE_STOP; there must be room in the transmit queue.</summary>
    public void StopPasid(int function, Pasid pasid, ulong now)
    {
        if (_fault != ModelFault.M72)
        {
            EndOperations(DmaError.Stopped, function, pasid, now);
        }

        _pages.SendStopMarker(function, pasid, now);
    }

    /// <summary>A completion for a function. Those of no outstanding request are dropped.</summary>
    public void TakeCompletion(TlpView tlp, int function, ulong now)
    {
        if (_requester.TakeAnswer(tlp, function, MovedTo(tlp.Tag), now) is { } free)
        {
            WakeAsker(free, now);
        }
        else if (_memory.TakeData(tlp, function, _slots) is { } slot)
        {
            if (slot.Phase == SlotPhase.AwaitReads)
            {
                slot.End(now);
            }
            else if (slot.Phase == SlotPhase.Lookup && _schedule.ReadyAt(slot.Index) == Cycle.Never)
            {
                slot.Wake(now);
            }
        }
    }

    /// <summary>A PRG Response for a function.</summary>
    public void TakePageResponse(TlpView tlp, int function, ulong now)
    {
        var index = _pages.TakeResponse(tlp, function, out var hasFailed);
        if (index >= 0)
        {
            EndPageRequest(_slots[index], tlp.PrgResponseCode, now);
        }

        if (hasFailed)
        {
            FailPageRequests(DmaError.PageRequestFailed, function, now);
        }

        WakePageRequests(now);
    }
}
