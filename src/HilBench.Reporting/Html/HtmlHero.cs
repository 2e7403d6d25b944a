using System.Globalization;
using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>The verdict at one look: what was run on what, and how it ended.</summary>
internal static class HtmlHero
{
    private static readonly Verdict[] _verdicts =
        [Verdict.Passed, Verdict.Failed, Verdict.Error, Verdict.KnownUnsafe, Verdict.NotApplicable];

    /// <summary>The verdict of the whole run: the worst that counts.</summary>
    public static Verdict Overall(RunResult run) =>
        run.Count(Verdict.Failed) > 0 ? Verdict.Failed
        : run.Count(Verdict.Error) > 0 ? Verdict.Error
        : run.Count(Verdict.Passed) + run.Count(Verdict.KnownUnsafe) == 0 || run.IsInterrupted ? Verdict.NotApplicable
        : run.Count(Verdict.Passed) == 0 ? Verdict.KnownUnsafe
        : Verdict.Passed;

    /// <summary>The verdict of the whole run as a headline.</summary>
    public static string Headline(RunResult run)
    {
        var total = run.Scenarios.Count.ToString(CultureInfo.InvariantCulture);
        return Overall(run) switch
        {
            Verdict.Failed => string.Create(CultureInfo.InvariantCulture, $"{run.Count(Verdict.Failed)} of {total} scenarios failed"),
            Verdict.Error => string.Create(CultureInfo.InvariantCulture, $"{run.Count(Verdict.Error)} of {total} scenarios could not be run"),
            Verdict.Passed => string.Create(CultureInfo.InvariantCulture, $"{run.Count(Verdict.Passed)} of {total} scenarios passed"),
            Verdict.KnownUnsafe => $"{run.Count(Verdict.KnownUnsafe)} of {total} scenarios: the kernel is known to be unsafe",
            _ => run.IsInterrupted ? $"Interrupted after {total} scenarios" : "Nothing was tested",
        };
    }

    public static void Write(HtmlPage page, RunResult run)
    {
        var verdict = Overall(run);
        page.Add($"<div class=\"hero sheet {HtmlTone.Of(verdict)}\"><div class=\"headline\">");
        page.Raw(HtmlTone.Sign(verdict));
        page.Add($"<div><h1>{Headline(run)}</h1><p>{run.Suite} on <code>{run.Device}</code> &#183; {run.DeviceName}</p></div></div>\n");
        WriteShare(page, run);
        WriteFigures(page, run);
        HtmlFailures.Replay(page, run.Replay);
        page.Raw("</div>\n");
    }

    private static void WriteShare(HtmlPage page, RunResult run)
    {
        var present = _verdicts.Where(verdict => run.Count(verdict) > 0).ToList();
        page.Raw("<div class=\"share\" aria-hidden=\"true\">");
        foreach (var verdict in present)
        {
            page.Add($"<i class=\"{HtmlTone.Of(verdict)}\" style=\"flex-grow:{run.Count(verdict).ToString(CultureInfo.InvariantCulture)}\"></i>");
        }

        page.Raw("</div>\n<ul class=\"legend\">");
        foreach (var verdict in present)
        {
            page.Add($"<li class=\"{HtmlTone.Of(verdict)}\"><i></i><b>{run.Count(verdict)}</b> {ResultWords.Of(verdict)}</li>");
        }

        page.Raw("</ul>\n");
    }

    private static void WriteFigures(HtmlPage page, RunResult run)
    {
        var rules = RuleTotals.Of(run);
        page.Raw("<dl class=\"figures\">\n");
        Figure("rules checked", rules.Count);
        Figure("checks", rules.Sum(rule => rule.Checked));
        Figure("TLPs", run.Scenarios.Sum(scenario => scenario.TlpsToDevice + scenario.TlpsFromDevice));
        Figure("transactions", run.Scenarios.Sum(scenario => scenario.Transactions));
        Figure("device cycles", run.Scenarios.Sum(scenario => (long)scenario.Cycles));
        Word("kernel profile", run.Profile);
        Word("invalidation policy", run.Policy);
        Word("seed", run.Seed.ToString(CultureInfo.InvariantCulture));
        page.Raw("</dl>\n");

        void Figure(string name, long value) => page.Add($"<div><dt>{name}</dt><dd>{value}</dd></div>\n");
        void Word(string name, string value) => page.Add($"<div><dt>{name}</dt><dd class=\"small\">{value}</dd></div>\n");
    }
}
