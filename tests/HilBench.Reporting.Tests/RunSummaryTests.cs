namespace HilBench.Reporting.Tests;

public sealed class RunSummaryTests
{
    [Test]
    public void Every_verdict_that_occurs_is_counted() =>
        Assert.That(
            RunSummary.Sentence(SampleResults.Mixed),
            Is.EqualTo("1 passed, 1 failed, 1 known unsafe, 1 not applicable, 1 error; 4 rules checked 186 times on 940 TLPs."));

    [Test]
    public void Interrupted_run_says_so() =>
        Assert.That(RunSummary.Sentence(SampleResults.Run() with { IsInterrupted = true }), Does.Contain("interrupted"));
}
