using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking;

/// <summary>Observes a journal and judges what the device does in it.</summary>
public sealed class Checker : IJournalObserver
{
    /// <summary>Translations that are remembered, as a power of two, unless told otherwise.</summary>
    public const int DefaultMemoryLog2 = 14;

    private const int GaveUp = 3;

    /// <summary>How far back the story of a page may begin when only its end is known.</summary>
    private const ulong StoryLines = 4096;
    private readonly bool[] _isHostWaiting = new bool[256];
    private readonly CheckContext _context;
    private readonly CommandTable _commands = new();
    private readonly FunctionMonitors[] _functions;
    private readonly DataOracle _oracle;
    private readonly RuleCounter _wellFormed;
    private readonly RuleCounter _onePrefix;
    private readonly RuleCounter _reservedPrefix;

    /// <summary>Makes a checker for one function; subscribe it to the journal.</summary>
    /// <param name="journal">The run's journal.</param>
    /// <param name="layout">What discovery found.</param>
    /// <param name="memory">Physical memory.</param>
    /// <param name="pasids">Which address space each PASID stands for.</param>
    public Checker(EventJournal journal, FunctionLayout layout, PhysicalMemory memory, PasidTable pasids)
        : this(journal, [new CheckedFunction(layout, pasids)], memory)
    {
    }

    /// <summary>Makes a checker for the functions of a device; subscribe it to the journal.</summary>
    /// <param name="journal">The run's journal.</param>
    /// <param name="functions">The functions, the first one first.</param>
    /// <param name="memory">Physical memory.</param>
    /// <param name="memoryLog2">How many translations are remembered, as a power of two, at least 6.</param>
    public Checker(EventJournal journal, IReadOnlyList<CheckedFunction> functions, PhysicalMemory memory, int memoryLog2 = DefaultMemoryLog2)
    {
        _context = new CheckContext(journal, new FunctionState(functions[0].Layout));
        _functions =
        [
            .. functions.Select((function, i) =>
                new FunctionMonitors(i == 0 ? _context : _context.For(new FunctionState(function.Layout)), _commands, function.Pasids, memory, memoryLog2)),
        ];
        var contexts = functions.Select((function, i) => new OracleFunction(function.Layout.Function.Function, function.Pasids, _functions[i].Blame));
        _oracle = new DataOracle(_context, _commands, memory, [.. contexts]);
        _wellFormed = _context.Rules["ATS-MAL-008"];
        _onePrefix = _context.Rules["ATS-PAS-002"];
        _reservedPrefix = _context.Rules["ATS-PAS-009"];
        _ = (_context.Rules["ATS-PRI-018"], _context.Rules["MMN-SUB-001"], _context.Rules["MMN-SUB-002"]);
        _ = (_context.Rules["ATS-CPL-012"], _context.Rules["ATS-INV-025"]);
    }

    /// <summary>Rules that the scenario is about: they are blamed where the wire alone leaves a choice.</summary>
    public IReadOnlyList<string> Focus
    {
        get => _context.Focus;
        set => _context.Focus = value;
    }

    /// <summary>Whether the host resets, powers down or disables with Invalidate Requests out, on purpose.</summary>
    public bool IsUndrainedIntended
    {
        get => _functions[0].Host.IsUndrainedIntended;
        set
        {
            foreach (var function in _functions)
            {
                function.Host.IsUndrainedIntended = value;
            }
        }
    }

    /// <summary>Whether the device is kept from transmitting as fast as it would.</summary>
    public bool IsTransmitBlocked
    {
        get => _context.Function.IsTransmitBlocked;
        set
        {
            foreach (var function in _functions)
            {
                function.Function.IsTransmitBlocked = value;
            }
        }
    }

    /// <summary>Whether more Invalidate Requests than the queue depth are intended.</summary>
    public bool IsOverloadIntended
    {
        get => _functions[0].Invalidations.IsOverloadIntended;
        set
        {
            foreach (var function in _functions)
            {
                function.Invalidations.IsOverloadIntended = value;
            }
        }
    }

    /// <summary>What the host adds to physical addresses in translations (ATS-TRN-009); 0: nothing.</summary>
    public ulong GuestOffset
    {
        get => _context.Function.GuestOffset;
        set
        {
            foreach (var function in _functions)
            {
                function.Function.GuestOffset = value;
            }
        }
    }

    /// <summary>The first violations, at most 32.</summary>
    public IReadOnlyList<Violation> Violations => _context.Violations;

    /// <summary>Violations in all.</summary>
    public long ViolationCount => _context.Reported;

    /// <summary>DMA operations ended and invalidations completed.</summary>
    public long Transactions => _commands.Finished + _functions.Sum(function => function.Invalidations.Completed);

    /// <summary>The kinds of meeting between invalidations and translations that were seen, of all functions.</summary>
    public IReadOnlyList<InvalidationBin> Bins => InvalidationBins.Sum(_functions.SelectMany(function => function.Bins));

    /// <summary>Rules that were put to the test so far.</summary>
    public IReadOnlyList<RuleCount> RuleCounts => _context.Rules.Counts();

    /// <summary>Ids of all rules that this checker implements.</summary>
    public static IReadOnlyList<string> ImplementedRules => [.. Implementers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The class that judges each rule that this checker implements, by the rule's id.</summary>
    public static IReadOnlyDictionary<string, string> Implementers { get; } = FindImplementers();

    /// <inheritdoc/>
    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case JournalKind.TlpFromDevice:
                FromDevice(payload, time);
                break;
            case JournalKind.TlpToDevice:
                ToDevice(payload, time);
                break;
            case JournalKind.TlpDelivered:
                Delivered(payload, time);
                break;
            case JournalKind.CommandStarted:
                ref readonly var command = ref MemoryMarshal.AsRef<CommandRecord>(payload);
                _commands.Start(in command, time, _context.Line);
                _oracle.Started(in command);
                foreach (var function in _functions)
                {
                    if (function.Function.Id.Function == command.Function)
                    {
                        function.Pages.Started(in command);
                    }
                }

                break;
            case JournalKind.CommandFinished:
                ref readonly var result = ref MemoryMarshal.AsRef<CommandResultRecord>(payload);
                _oracle.Finished(in result);
                _commands.Finish(result.Slot);
                if (result.Error == GaveUp)
                {
                    ref readonly var ended = ref _commands[result.Slot].Record;
                    _functions[Math.Min(ended.Function, _functions.Length - 1)].GivenUp(in ended);
                }

                break;
            case JournalKind.EntryChange:
                ref readonly var change = ref MemoryMarshal.AsRef<EntryChangeRecord>(payload);
                _oracle.EntryChanges(in change);
                foreach (var function in _functions)
                {
                    function.Host.EntryChanges(in change);
                }

                break;
            case JournalKind.CpuWrite:
                ref readonly var access = ref MemoryMarshal.AsRef<CpuAccessRecord>(payload);
                _oracle.Stores(access.Physical, (int)access.LengthBytes, isCpu: true);
                break;
            case JournalKind.OperationEnd:
                _oracle.OperationEnded(MemoryMarshal.AsRef<OperationRecord>(payload).OperationId);
                break;
            case JournalKind.Quarantine:
                ref readonly var quarantine = ref MemoryMarshal.AsRef<QuarantineRecord>(payload);
                (Find(new RequesterId(quarantine.Function)) ?? _functions[0]).Invalidations.TimedOut(quarantine.Tags);
                break;
            case JournalKind.FrameAllocated:
                foreach (var function in _functions)
                {
                    function.Host.Allocates(in MemoryMarshal.AsRef<FrameRecord>(payload));
                }

                break;
            case JournalKind.FrameFreed:
                _oracle.Frees(MemoryMarshal.AsRef<FrameRecord>(payload).Frame);
                foreach (var function in _functions)
                {
                    function.Host.Frees(in MemoryMarshal.AsRef<FrameRecord>(payload));
                }

                break;
            case JournalKind.PasidBinding:
                ref readonly var binding = ref MemoryMarshal.AsRef<PasidBindingRecord>(payload);
                Find(new RequesterId(binding.Function))?.Function.Binds(binding.Pasid, binding.AddressSpace);
                break;
            case JournalKind.Translation:
                ref readonly var translation = ref MemoryMarshal.AsRef<TranslationRecord>(payload);
                Find(new RequesterId(translation.Function))?.Host.Answers(in translation);
                break;
            case JournalKind.AgentService:
                ref readonly var service = ref MemoryMarshal.AsRef<AgentServiceRecord>(payload);
                Find(new RequesterId(service.Function))?.Host.Serves(in service);
                break;
            case JournalKind.DeviceReset:
                Reset();
                break;
        }
    }

    /// <summary>Reports a breach that only the caller can see, such as an operation that never ends.</summary>
    /// <param name="rule">Rule id.</param>
    /// <param name="reason">What was seen and why it breaks the rule.</param>
    /// <param name="address">The untranslated address concerned; null: none.</param>
    public void Report(string rule, string reason, ulong? address = null)
    {
        var lines = _context.Journal.Count == 0 ? [] : new[] { _context.Line };
        _context.Report(_context.Rules[rule], reason, new EvidenceSubject { Lines = lines, Va = address, LinesBefore = StoryLines });
    }

    /// <summary>The candidate that stands first among the rules in focus; else the first candidate.</summary>
    public string Prefer(params ReadOnlySpan<string> candidates)
    {
        foreach (var rule in Focus)
        {
            if (candidates.Contains(rule))
            {
                return rule;
            }
        }

        return candidates[0];
    }

    /// <summary>Puts a rule to the test that only the caller can see, and reports the breach.</summary>
    /// <param name="rule">Rule id.</param>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="reason">What was seen and why it breaks the rule.</param>
    /// <param name="address">The untranslated address concerned; null: none.</param>
    public void Judge(string rule, bool holds, string reason, ulong? address = null)
    {
        _context.Rules[rule].Checked++;
        if (!holds)
        {
            Report(rule, reason, address);
        }
    }

    private void FromDevice(ReadOnlySpan<byte> payload, ulong time)
    {
        _wellFormed.Checked++;
        if (!TlpView.TryRead(payload, out var tlp, out var fault))
        {
            if (fault.Reason is TlpFaultReason.UnknownPrefix or TlpFaultReason.SecondPrefix)
            {
                _context.Report(_onePrefix, $"what the device sent has no proper PASID prefix: {fault.Sentence}");
                return;
            }

            _context.Report(_wellFormed, $"what the device sent is not a TLP: {fault.Sentence}");
            return;
        }

        if (tlp.HasPasid)
        {
            _onePrefix.Checked++;
            _context.Check(_reservedPrefix, tlp.PrefixReservedBits == 0, "reserved bits of the PASID prefix are not 0");
        }

        if (tlp.IsCompletion)
        {
            CompletedForHost(in tlp, time);
            return;
        }

        SenderOf(in tlp).Sent(in tlp, time);
        var isAtomic = tlp.Kind is TlpKind.FetchAdd or TlpKind.Swap or TlpKind.Cas;
        if (isAtomic || tlp.Kind == TlpKind.MemoryWrite)
        {
            Stores(in tlp, isAtomic);
        }
    }

    private void Stores(in TlpView tlp, bool isAtomic)
    {
        if (tlp.AddressType == AddressType.Translated)
        {
            _oracle.Stores(tlp.Address - GuestOffset, tlp.Payload.Length, isCpu: false, isAtomic);
            return;
        }

        var pasid = tlp.HasPasid ? tlp.Prefix.Pasid.Value : Grant.NoPasid;
        _oracle.StoresUntranslated(tlp.Requester.Function, pasid, tlp.Address, tlp.Payload.Length, isAtomic);
    }

    private void CompletedForHost(in TlpView tlp, ulong time)
    {
        if (tlp.Requester == _context.Function.Layout.Agent)
        {
            if (!_isHostWaiting[tlp.Tag])
            {
                _functions[0].Malformed.AnswersNothing();
            }

            _isHostWaiting[tlp.Tag] = false;
            foreach (var function in _functions)
            {
                function.Configuration.Completed(in tlp);
                function.Completed(in tlp, time);
            }
        }
    }

    private bool IsMalformed(ReadOnlySpan<byte> payload, ulong time)
    {
        if (!MalformedInputMonitor.IsMessage(payload, out var at, out var destination))
        {
            return false;
        }

        var function = Find(destination);
        return (function ?? _functions[0]).Malformed.Takes(payload, at, function is not null, time);
    }

    private void ToDevice(ReadOnlySpan<byte> payload, ulong time)
    {
        if (IsMalformed(payload, time) || !TlpView.TryRead(payload, out var tlp, out _))
        {
            return;
        }

        _isHostWaiting[tlp.Tag] |= tlp.Kind is TlpKind.ConfigurationRead0 or TlpKind.ConfigurationWrite0 or TlpKind.MemoryRead;
        switch (tlp.Kind)
        {
            case TlpKind.InvalidateRequest:
                Find(tlp.Destination)?.Invalidations.Requested(in tlp, time);
                break;
            case TlpKind.PrgResponse:
                Find(tlp.Destination)?.Pages.Responds(in tlp);
                break;
            case TlpKind.ConfigurationRead0:
                Find(tlp.Destination)?.Configuration.Reads(in tlp);
                Find(tlp.Destination)?.Pages.Reads(in tlp);
                break;
            case TlpKind.ConfigurationWrite0:
                foreach (var function in _functions)
                {
                    function.Function.Captures(tlp.Destination, tlp.Tag);
                }

                Find(tlp.Destination)?.Written(in tlp, time);
                break;
            case TlpKind.Completion or TlpKind.CompletionWithData:
                if (Find(tlp.Requester) is { } asker)
                {
                    asker.Answered(in tlp, time);
                }
                else
                {
                    _functions[0].Forged(in tlp);
                }

                break;
        }
    }

    private void Delivered(ReadOnlySpan<byte> payload, ulong time)
    {
        if (!TlpView.TryRead(payload, out var tlp, out _))
        {
            return;
        }

        if (tlp.Kind == TlpKind.InvalidateRequest)
        {
            Find(tlp.Destination)?.Invalidations.Delivered(tlp.ITag.Value, time);
        }
        else if (tlp.Kind == TlpKind.PrgResponse)
        {
            Find(tlp.Destination)?.Pages.Delivered(in tlp, time);
        }
        else if (tlp.IsCompletion)
        {
            Find(tlp.Requester)?.Delivered(in tlp, time);
        }
    }

    private void Reset()
    {
        _commands.Clear();
        _oracle.Reset();
        foreach (var function in _functions)
        {
            function.Reset();
        }
    }

    private FunctionMonitors? Find(RequesterId id)
    {
        foreach (var function in _functions)
        {
            if (function.Function.IsOwn(id))
            {
                return function;
            }
        }

        return null;
    }

    private FunctionMonitors? FindFormer(RequesterId id)
    {
        foreach (var function in _functions)
        {
            if (function.Function.FormerId == id)
            {
                return function;
            }
        }

        return null;
    }

    // A Requester ID that nobody has is the first function's mistake. A completion in the name of a function that waits for
    // none, while another waits for these ITags, is that one's (ATS-ICP-007).
    private FunctionMonitors SenderOf(in TlpView tlp)
    {
        var named = Find(tlp.Requester) ?? FindFormer(tlp.Requester) ?? _functions[0];
        if (tlp.Kind != TlpKind.InvalidateCompletion || named.Invalidations.Expects(tlp.ITagVector))
        {
            return named;
        }

        foreach (var function in _functions)
        {
            if (function.Invalidations.Expects(tlp.ITagVector))
            {
                return function;
            }
        }

        return named;
    }

    private static Dictionary<string, string> FindImplementers()
    {
        var layout = new FunctionLayout
        {
            Function = default,
            Agent = default,
            AtsOffset = 0,
            PasidOffset = 0,
            InvalidateQueueDepth = 32,
            IsPageAligned = true,
            HasGlobalInvalidate = true,
            MaxPasidWidth = 20,
        };
        var journal = new EventJournal(new StoppedClock(), capacityLog2: 4);
        var checker = new Checker(journal, layout, new PhysicalMemory(1 << 20), new PasidTable(journal));
        return checker._context.Rules.Open.ToDictionary(counter => counter.Rule.Id, counter => counter.Implementer);
    }

    private sealed class StoppedClock : IClock
    {
        public ulong Now => 0;
    }
}
