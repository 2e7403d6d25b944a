namespace HilBench.Scenarios;

/// <summary>What a step expects of its DMA operation.</summary>
internal readonly record struct DmaExpectation(DmaEnd End)
{
    private const int ReadRefused = 6;

    /// <summary>Rules that the end of an operation may show, when the scenario is about them.</summary>
    private static readonly string[] _ofTheEnd =
    [
        "ATS-CPL-001", "ATS-CPL-002", "ATS-CPL-003", "ATS-CPL-004", "ATS-CPL-010", "ATS-CPL-012", "ATS-CPL-020", "ATS-INV-025", "ATS-REQ-014",
    ];

    /// <summary>The words of scenario files.</summary>
    public static IReadOnlyDictionary<string, DmaEnd> Ends { get; } = new SortedDictionary<string, DmaEnd>(StringComparer.Ordinal)
    {
        ["done"] = DmaEnd.Done,
        ["no-access"] = DmaEnd.NoAccess,
        ["any"] = DmaEnd.Any,
        ["refused"] = DmaEnd.Refused,
        ["either"] = DmaEnd.Either,
        ["disabled"] = DmaEnd.Disabled,
        ["invalid-page"] = DmaEnd.InvalidPage,
        ["page-failure"] = DmaEnd.PageFailure,
        ["stopped"] = DmaEnd.Stopped,
    };

    /// <summary>Reports an end that is not allowed. The data is the checker's matter.</summary>
    public void Judge(Bench bench, DmaResult result, Place place)
    {
        var isAllowed = End == DmaEnd.Refused ? result.Error > 0
            : End == DmaEnd.Either ? result.Error >= 0
            : End == DmaEnd.Any
            ? result.Error is 0 or (int)DmaEnd.NoAccess or (int)DmaEnd.Disabled or ReadRefused or (int)DmaEnd.Stopped
            : result.Error == (int)End;
        if (isAllowed)
        {
            if (End == DmaEnd.PageFailure && bench.HasLostPageRequests)
            {
                bench.Checker.Judge("ATS-PRI-018", holds: true, string.Empty);
            }

            Count(bench);
            return;
        }

        var (rule, expected) = End switch
        {
            DmaEnd.Done or DmaEnd.Any => ("ATS-TRN-005", "the page is mapped"),
            DmaEnd.NoAccess => ("ATS-CPL-004", "nothing is mapped there"),
            DmaEnd.Refused => ("ATS-CPL-019", "its translation was refused or damaged"),
            DmaEnd.Disabled => ("ATS-REQ-001", "the function must not ask"),
            DmaEnd.InvalidPage => ("ATS-PRI-008", "the page request was answered Invalid Request"),
            DmaEnd.PageFailure => ("ATS-PRI-009", "the page request interface is stopped"),
            _ => ("ATS-PRI-014", "its PASID was stopped"),
        };
        rule = bench.Checker.Prefer([rule, .. _ofTheEnd]);
        bench.Checker.Report(rule, $"the DMA operation of {place} ended with error {result.Error}, although {expected}");
    }

    // That an operation went well is the only sign that these were kept.
    private static void Count(Bench bench)
    {
        foreach (var rule in bench.Checker.Focus)
        {
            if (rule is "ATS-CPL-012" or "ATS-INV-025")
            {
                bench.Checker.Judge(rule, holds: true, string.Empty);
            }
        }
    }
}
