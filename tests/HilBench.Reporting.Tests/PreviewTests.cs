namespace HilBench.Reporting.Tests;

public sealed class PreviewTests
{
    [Test]
    public void Preview()
    {
        var scenarios = Enumerable.Range(0, 40).Select(i => SampleResults.Passed($"invalidate-inside/2MiB-4KiB-{i}")).ToArray();
        HtmlReport.Write("/tmp/preview/bad", SampleResults.Mixed with { Scenarios = [.. SampleResults.Mixed.Scenarios, .. scenarios] });
        HtmlReport.Write("/tmp/preview/good", SampleResults.Run(scenarios) with { Device = "rtl:" });
    }
}
