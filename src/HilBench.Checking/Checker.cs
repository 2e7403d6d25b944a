using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking;

/// <summary>Observes a journal and judges what the device does in it.</summary>
public sealed class Checker : IJournalObserver
{
    /// <summary>How far back the story of a page may begin when only its end is known.</summary>
    private const ulong StoryLines = 4096;

    private readonly CheckContext _context;
    private readonly CommandTable _commands = new();
    private readonly FunctionMonitors[] _functions;
    private readonly DataOracle _oracle;
    private readonly RuleCounter _wellFormed;

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
    public Checker(EventJournal journal, IReadOnlyList<CheckedFunction> functions, PhysicalMemory memory)
    {
        _context = new CheckContext(journal, new FunctionState(functions[0].Layout));
        _functions =
        [
            .. functions.Select((function, i) =>
                new FunctionMonitors(i == 0 ? _context : _context.For(new FunctionState(function.Layout)), _commands)),
        ];
        var contexts = functions.Select((function, i) => new OracleFunction(function.Layout.Function.Function, function.Pasids, _functions[i].Blame));
        _oracle = new DataOracle(_context, _commands, memory, [.. contexts]);
        _wellFormed = _context.Rules["ATS-MAL-008"];
        _ = (_context.Rules["MMN-SUB-001"], _context.Rules["MMN-SUB-002"]);
    }

    /// <summary>Rules that the scenario is about: they are blamed where the wire alone leaves a choice.</summary>
    public IReadOnlyList<string> Focus
    {
        get => _context.Focus;
        set => _context.Focus = value;
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

    /// <summary>The first violations, at most 32.</summary>
    public IReadOnlyList<Violation> Violations => _context.Violations;

    /// <summary>Violations in all.</summary>
    public long ViolationCount => _context.Reported;

    /// <summary>DMA operations ended and invalidations completed.</summary>
    public long Transactions => _commands.Finished + _functions.Sum(function => function.Invalidations.Completed);

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
                break;
            case JournalKind.CommandFinished:
                ref readonly var result = ref MemoryMarshal.AsRef<CommandResultRecord>(payload);
                _oracle.Finished(in result);
                _commands.Finish(result.Slot);
                break;
            case JournalKind.EntryChange:
                _oracle.EntryChanges(in MemoryMarshal.AsRef<EntryChangeRecord>(payload));
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
            _context.Report(_wellFormed, $"what the device sent is not a TLP: {fault.Sentence}");
            return;
        }

        if (tlp.IsCompletion)
        {
            CompletedForHost(in tlp);
            return;
        }

        SenderOf(in tlp).Sent(in tlp, time);
        var isAtomic = tlp.Kind is TlpKind.FetchAdd or TlpKind.Swap or TlpKind.Cas;
        if (isAtomic || tlp.Kind == TlpKind.MemoryWrite)
        {
            _oracle.Stores(tlp.Address, tlp.Payload.Length, isCpu: false, isAtomic);
        }
    }

    private void CompletedForHost(in TlpView tlp)
    {
        if (tlp.Requester == _context.Function.Layout.Agent)
        {
            foreach (var function in _functions)
            {
                function.Completed(tlp.Tag);
            }
        }
    }

    private void ToDevice(ReadOnlySpan<byte> payload, ulong time)
    {
        if (!TlpView.TryRead(payload, out var tlp, out _))
        {
            return;
        }

        switch (tlp.Kind)
        {
            case TlpKind.InvalidateRequest:
                Find(tlp.Destination)?.Invalidations.Requested(in tlp, time);
                break;
            case TlpKind.ConfigurationWrite0:
                Find(tlp.Destination)?.Function.Written(in tlp);
                break;
            case TlpKind.Completion or TlpKind.CompletionWithData:
                Find(tlp.Requester)?.Answered(in tlp, time);
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
            if (function.Function.Id == id)
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
        var named = Find(tlp.Requester) ?? _functions[0];
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
