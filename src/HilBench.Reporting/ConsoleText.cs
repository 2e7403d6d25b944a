using System.Globalization;
using System.Text;
using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>What broke and how we know, as plain text for terminals and logs.</summary>
public static class ConsoleText
{
    private const int ViolationsShown = 3;

    /// <summary>
    /// A scenario that did not pass: for the first violations the rule, its sentence and the reason, for the very first
    /// also the evidence, then the command that replays it. Lines end in a newline character. Lines of evidence that the
    /// proof rests on are marked with an arrow.
    /// </summary>
    public static string Of(ScenarioResult scenario)
    {
        var text = new StringBuilder();
        text.Append(Say($"{ResultWords.Of(scenario.Verdict).ToUpperInvariant()}  {Clean(scenario.Name)}\n"));
        text.Append(Say($"  {Clean(scenario.About)}\n"));
        if (scenario.Note is { } note)
        {
            text.Append(Say($"  {Clean(note)}\n"));
        }

        var isFirst = true;
        foreach (var violation in scenario.Violations.Take(ViolationsShown))
        {
            Append(text, violation, hasEvidence: isFirst);
            isFirst = false;
        }

        if (scenario.Violations.Count > ViolationsShown)
        {
            text.Append(Say($"\n  ... and {scenario.Violations.Count - ViolationsShown} more; the report shows them all.\n"));
        }

        if (scenario.Replay.Length > 0)
        {
            text.Append(Say($"\n  replay: {Clean(scenario.Replay)}\n"));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Violation violation, bool hasEvidence)
    {
        text.Append(Say($"\n  {violation.Rule.Id} ({ResultWords.Of(violation.Rule.Severity)}): {Clean(violation.Rule.Sentence)}\n"));
        text.Append(Say($"  at {violation.Time}: {Clean(violation.Reason)}\n"));
        foreach (var line in hasEvidence ? violation.Evidence : [])
        {
            var mark = line.IsKey ? "->" : "  ";
            text.Append(Say($"  {mark} {line.Time,10}  {ResultWords.Of(line.Lane),-8}  {Clean(line.Text)}\n"));
        }
    }

    /// <summary>Text from outside without control characters: it must not move the cursor or change colours.</summary>
    private static string Clean(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
