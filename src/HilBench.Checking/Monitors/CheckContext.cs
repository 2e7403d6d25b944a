using HilBench.Journal;

namespace HilBench.Checking;

/// <summary>
/// What the monitors of one function share: its state, and with those of the other functions the journal, the rules and
/// the way to report.
/// </summary>
internal sealed class CheckContext
{
    private const int MaxViolations = 32;
    private readonly Findings _findings;

    public CheckContext(EventJournal journal, FunctionState function)
        : this(new Findings(journal), function)
    {
    }

    private CheckContext(Findings findings, FunctionState function)
    {
        _findings = findings;
        Function = function;
    }

    public EventJournal Journal => _findings.Journal;

    public FunctionState Function { get; }

    public RuleBook Rules => _findings.Rules;

    /// <summary>Rules that the running scenario is about: they win where several could be blamed.</summary>
    public IReadOnlyList<string> Focus
    {
        get => _findings.Focus;
        set => _findings.Focus = value;
    }

    public IReadOnlyList<Violation> Violations => _findings.Violations;

    /// <summary>Violations in all.</summary>
    public long Reported => _findings.Reported;

    /// <summary>The number of the journal line that is being observed.</summary>
    public ulong Line => Journal.Count - 1;

    /// <summary>The same findings, for another function.</summary>
    public CheckContext For(FunctionState function) => new(_findings, function);

    /// <summary>Reports a breach of a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="reason">What was seen and why it breaks the rule.</param>
    /// <param name="subject">Whose lines prove it.</param>
    public void Report(RuleCounter rule, string reason, in EvidenceSubject subject)
    {
        rule.Broken++;
        _findings.Reported++;
        if (_findings.Violations.Count < MaxViolations)
        {
            _findings.Violations.Add(new Violation(rule.Rule, Journal.Clock.Now, reason, _findings.Evidence.Collect(in subject))
            {
                Address = subject.Va,
            });
        }
    }

    /// <summary>Reports a breach that the observed line alone proves.</summary>
    public void Report(RuleCounter rule, string reason) => Report(rule, reason, new EvidenceSubject { Lines = [Line] });

    /// <summary>Puts a rule to the test that the observed line alone proves or breaks.</summary>
    public void Check(RuleCounter rule, bool holds, string reason)
    {
        rule.Checked++;
        if (!holds)
        {
            Report(rule, reason);
        }
    }

    /// <summary>The candidate that stands first among the rules that the scenario is about; else the first candidate.</summary>
    public RuleCounter Prefer(ReadOnlySpan<RuleCounter> candidates)
    {
        for (var i = 0; i < Focus.Count; i++)
        {
            foreach (var candidate in candidates)
            {
                if (candidate.Rule.Id == Focus[i])
                {
                    return candidate;
                }
            }
        }

        return candidates[0];
    }

    private sealed class Findings(EventJournal journal)
    {
        public EventJournal Journal { get; } = journal;

        public RuleBook Rules { get; } = new();

        public EvidenceCollector Evidence { get; } = new(journal);

        public List<Violation> Violations { get; } = [];

        public IReadOnlyList<string> Focus { get; set; } = [];

        public long Reported { get; set; }
    }
}
