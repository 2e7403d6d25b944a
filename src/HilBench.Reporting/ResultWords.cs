using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Reporting;

/// <summary>The words that results are told in, one place for all formats. Those for machines never change.</summary>
public static class ResultWords
{
    /// <summary>The verdict as it stands in JSON: passed, failed, knownUnsafe, notApplicable or error.</summary>
    public static string Machine(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "passed",
        Verdict.Failed => "failed",
        Verdict.KnownUnsafe => "knownUnsafe",
        Verdict.NotApplicable => "notApplicable",
        Verdict.Error => "error",
        _ => "none",
    };

    /// <summary>The verdict for people.</summary>
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "passed",
        Verdict.Failed => "failed",
        Verdict.KnownUnsafe => "known unsafe",
        Verdict.NotApplicable => "not applicable",
        Verdict.Error => "error",
        _ => "not run",
    };

    /// <summary>How far a rule was exercised, for machines.</summary>
    public static string Machine(RuleCoverageState state) => state switch
    {
        RuleCoverageState.Exercised => "exercised",
        RuleCoverageState.NotApplicable => "notApplicable",
        RuleCoverageState.NotExercised => "notExercised",
        _ => "notImplemented",
    };

    /// <summary>The severity: info, warning, error or critical.</summary>
    public static string Of(RuleSeverity severity) => severity switch
    {
        RuleSeverity.Info => "info",
        RuleSeverity.Warning => "warning",
        RuleSeverity.Error => "error",
        RuleSeverity.Critical => "critical",
        _ => "none",
    };

    /// <summary>The stream: cpu, notifier, agent, wire or device.</summary>
    public static string Of(JournalSource source) => source switch
    {
        JournalSource.Cpu => "cpu",
        JournalSource.Notifier => "notifier",
        JournalSource.Agent => "agent",
        JournalSource.Wire => "wire",
        JournalSource.Device => "device",
        _ => "none",
    };
}
