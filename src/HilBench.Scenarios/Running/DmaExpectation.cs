namespace HilBench.Scenarios;

/// <summary>What a step expects of its DMA operation.</summary>
internal readonly record struct DmaExpectation(DmaEnd End)
{
    private const int NoAccess = 1;
    private const int ReadRefused = 6;

    /// <summary>Reports an end that is not allowed. The data is the checker's matter.</summary>
    public void Judge(Bench bench, DmaResult result, Place place)
    {
        var isAllowed = End switch
        {
            DmaEnd.Done => result.Error == 0,
            DmaEnd.NoAccess => result.Error == NoAccess,
            _ => result.Error is 0 or NoAccess or ReadRefused,
        };
        if (isAllowed)
        {
            return;
        }

        var (rule, expected) = End == DmaEnd.NoAccess
            ? ("ATS-CPL-004", "nothing is mapped there")
            : ("ATS-TRN-005", "the page is mapped");
        bench.Checker.Report(rule, $"the DMA operation of {place} ended with error {result.Error}, although {expected}");
    }
}
