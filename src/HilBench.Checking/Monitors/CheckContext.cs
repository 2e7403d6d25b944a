using HilBench.Journal;

namespace HilBench.Checking;

/// <summary>What all monitors share: the journal, the rules, the function's state, and the way to report.</summary>
internal sealed class CheckContext(EventJournal journal, FunctionState function)
{
    private const int MaxViolations = 32;
    private readonly List<Violation> _violations = [];
    private readonly EvidenceCollector _evidence = new(journal);

    public EventJournal Journal { get; } = journal;

    public FunctionState Function { get; } = function;

    public RuleBook Rules { get; } = new();

    /// <summary>Rules that the running scenario is about: they win where several could be blamed.</summary>
    public IReadOnlyList<string> Focus { get; set; } = [];

    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>Transactions when the first violation was reported; -1: none was.</summary>
    public long Reported { get; private set; }

    /// <summary>The number of the journal line that is being observed.</summary>
    public ulong Line => Journal.Count - 1;

    public void Clear()
    {
        _violations.Clear();
        Rules.Clear();
        Reported = 0;
    }

    /// <summary>Reports a breach of a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="reason">What was seen and why it breaks the rule.</param>
    /// <param name="subject">Whose lines prove it.</param>
    public void Report(RuleCounter rule, string reason, in EvidenceSubject subject)
    {
        rule.Broken++;
        Reported++;
        if (_violations.Count < MaxViolations)
        {
            _violations.Add(new Violation(rule.Rule, Journal.Clock.Now, reason, _evidence.Collect(in subject))
            {
                Address = subject.Va,
            });
        }
    }

    /// <summary>Reports a breach that the observed line alone proves.</summary>
    public void Report(RuleCounter rule, string reason) => Report(rule, reason, new EvidenceSubject { Lines = [Line] });

    /// <summary>The candidate that stands first among the rules that the scenario is about; else the first candidate.</summary>
    public RuleCounter Prefer(ReadOnlySpan<RuleCounter> candidates)
    {
        for (var i = 0; i < Focus.Count; i++)
        {
            var rule = Focus[i];
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
}
