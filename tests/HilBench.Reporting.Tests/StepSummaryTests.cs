namespace HilBench.Reporting.Tests;

public sealed class StepSummaryTests
{
    [Test]
    public void Good_run_is_told_without_a_table()
    {
        var text = StepSummary.Of(SampleResults.Run(SampleResults.Passed("smoke/read-4KiB")) with { Device = "rtl:" });

        Assert.That(text, Is.EqualTo("""
            ### ✅ HilBench: conformance on `rtl:`

            1 passed, 0 failed; 3 rules checked 44 times on 188 TLPs.

            Device HilBench reference device (RTL) 1, profile linux-6.1, policy 4k, seed 7, HilBench 0.1.0.


            """));
    }

    [Test]
    public void Failures_stand_in_a_table_with_their_replay_commands()
    {
        var text = StepSummary.Of(SampleResults.Mixed);

        Assert.That(text, Does.StartWith("### ❌ HilBench"));
        Assert.That(text, Does.Contain("| invalidate-inside/2MiB-4KiB-middle | failed | ATS-INV-002: "));
        Assert.That(text, Does.Contain("| queue/depth-32 | error | the device did not answer for 90 s |"));
    }

    [Test]
    public void Hostile_text_does_not_break_the_table_or_become_markup()
    {
        var text = StepSummary.Of(SampleResults.Run(SampleResults.Failed(SampleResults.Hostile)));

        var row = text.Split('\n').Single(line => line.Contains("alert", StringComparison.Ordinal) && line.StartsWith('|'));
        Assert.That(row, Does.Not.Contain("<script>alert('x')</script>&\"\uFFFD\uFFFD]]>| |"));
        Assert.That(row.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|'), Is.EqualTo(5));
    }
}
