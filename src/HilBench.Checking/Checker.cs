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
    private readonly OutstandingRequests _requests = new();
    private readonly ShadowAtc _atc = new();
    private readonly CommandTable _commands = new();
    private readonly StaleUseBlame _blame;
    private readonly TranslationMonitor _translations;
    private readonly TrafficMonitor _traffic;
    private readonly InvalidationMonitor _invalidations;
    private readonly DataOracle _oracle;
    private readonly RuleCounter _wellFormed;

    /// <summary>Makes a checker for one function; subscribe it to the journal.</summary>
    /// <param name="journal">The run's journal.</param>
    /// <param name="layout">What discovery found.</param>
    /// <param name="memory">Physical memory.</param>
    /// <param name="pasids">Which address space each PASID stands for.</param>
    public Checker(EventJournal journal, FunctionLayout layout, PhysicalMemory memory, PasidTable pasids)
    {
        _context = new CheckContext(journal, new FunctionState(layout));
        _blame = new StaleUseBlame(_context, _atc, _commands);
        _translations = new TranslationMonitor(_context, _requests, _atc, _blame);
        _traffic = new TrafficMonitor(_context, _requests, _atc, _blame);
        _invalidations = new InvalidationMonitor(_context, _atc, _traffic, _blame);
        _oracle = new DataOracle(_context, _commands, memory, pasids, _blame);
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
        get => _invalidations.IsOverloadIntended;
        set => _invalidations.IsOverloadIntended = value;
    }

    /// <summary>The first violations, at most 32.</summary>
    public IReadOnlyList<Violation> Violations => _context.Violations;

    /// <summary>Violations in all.</summary>
    public long ViolationCount => _context.Reported;

    /// <summary>DMA operations ended and invalidations completed.</summary>
    public long Transactions => _commands.Finished + _invalidations.Completed;

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
                _invalidations.TimedOut(MemoryMarshal.AsRef<QuarantineRecord>(payload).Tags);
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

        switch (tlp.Kind)
        {
            case TlpKind.MemoryRead when tlp.IsTranslationRequest:
                _translations.Requested(in tlp, time);
                break;
            case TlpKind.MemoryWrite:
                _traffic.Requested(in tlp, time);
                _oracle.Stores(tlp.Address, tlp.Payload.Length, isCpu: false);
                break;
            case TlpKind.MemoryRead or TlpKind.FetchAdd or TlpKind.Swap or TlpKind.Cas:
                _traffic.Requested(in tlp, time);
                break;
            case TlpKind.InvalidateCompletion:
                _invalidations.Completion(in tlp, time);
                break;
            case TlpKind.OtherMessage when tlp.MessageCode == MessageCode.InvalidateCompletion:
                _invalidations.Completion(in tlp, time);
                break;
            case TlpKind.Completion or TlpKind.CompletionWithData when tlp.Requester == _context.Function.Layout.Agent:
                if (_context.Function.Completed(tlp.Tag))
                {
                    _atc.EndAll();
                }

                break;
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
                _invalidations.Requested(in tlp, time);
                break;
            case TlpKind.ConfigurationWrite0:
                _context.Function.Written(in tlp);
                break;
            case TlpKind.Completion or TlpKind.CompletionWithData:
                if (_requests[tlp.Tag].Kind == OutstandingRequests.RequestKind.Translation)
                {
                    _translations.Answered(in tlp, time);
                }
                else
                {
                    _traffic.Answered(in tlp);
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
            _invalidations.Delivered(tlp.ITag.Value, time);
        }
        else if (tlp.IsCompletion && _requests[tlp.Tag].Kind == OutstandingRequests.RequestKind.Translation)
        {
            _translations.Delivered(tlp.Tag, time);
        }
        else if (tlp.IsCompletion)
        {
            _traffic.Delivered(in tlp);
        }
    }

    private void Reset()
    {
        _requests.Clear();
        _atc.Clear();
        _commands.Clear();
        _oracle.Reset();
        _translations.Reset();
        _traffic.Reset();
        _invalidations.Reset();
        _context.Function.Reset();
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
