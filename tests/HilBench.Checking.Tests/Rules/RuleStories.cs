namespace HilBench.Checking.Tests;

/// <summary>Every rule with the device that breaks it.</summary>
internal static class RuleStories
{
    /// <summary>Rules that no line of the journal can show: HilBench.Scenarios reports them through Checker.Report.</summary>
    public static string[] ReportedFromOutside { get; } =
        ["ATS-PRI-018", "ATS-TRN-010", "MMN-SUB-001", "MMN-SUB-002", "ATS-CPL-012", "ATS-INV-025"];

    public static RuleStory[] All { get; } =
    [
        .. AnswerStories.All, .. OperationStories.All, .. CapabilityStories.All, .. MalformedStories.All, .. EndedStories.All,
        .. RequestStories.All, .. TrafficStories.All, .. StaleUseStories.All, .. InvalidationStories.All, .. DataStories.All,
        .. PageRequestStories.All, .. LifeCycleStories.All, .. HostStories.All,
    ];

    public static IEnumerable<TestCaseData> Cases => All.Select(story => new TestCaseData(story).SetArgDisplayNames(story.ToString()));
}
