using HilBench.Checking;

namespace HilBench.Reporting.Tests;

public sealed class ConsoleTextTests
{
    [Test]
    public void Failure_tells_rule_sentence_reason_evidence_and_replay()
    {
        var violation = SampleResults.StaleRead with { Evidence = SampleResults.StaleReadEvidence[6..8] };
        var scenario = SampleResults.Failed("invalidate-inside/2MiB-4KiB-middle") with { Violations = [violation] };

        Assert.That(ConsoleText.Of(scenario), Is.EqualTo("""
            FAILED  invalidate-inside/2MiB-4KiB-middle
              Reads a page, unmaps it, reads again.

              ATS-INV-002 (critical): An entry larger than the range is not used any more for any invalidated address (dropping it whole is fine).
              at 1619: A translated read of 0x123425000 rests on the 2 MiB translation of 0x7f0000200000, which ended with the Invalidate Completion of ITag 5 at cycle 1544.
              ->       1510  wire      host → device: InvalidateRequest from=00:00.0 to=01:00.0 itag=5 range=0x7f0000225000+4KiB
              ->       1544  wire      device → host: InvalidateCompletion from=01:00.0 to=00:00.0 itags=5 CC=1

              replay: hilbench run --device rtl: --filter 'invalidate-inside/2MiB-4KiB-middle' --seed 7

            """));
    }

    [Test]
    public void Many_violations_are_cut_and_counted()
    {
        var scenario = SampleResults.Failed("a/b") with { Violations = [.. Enumerable.Repeat(SampleResults.StaleRead, 5)] };

        Assert.That(ConsoleText.Of(scenario), Does.Contain("... and 2 more; the report shows them all."));
    }

    [Test]
    public void Escape_sequences_from_outside_do_not_reach_the_terminal()
    {
        var scenario = SampleResults.Failed("a/\u001b[31mred") with { Verdict = Verdict.Error, Note = "\u001b]0;title\u0007" };

        Assert.That(ConsoleText.Of(scenario), Does.Not.Contain("\u001b"));
    }
}
