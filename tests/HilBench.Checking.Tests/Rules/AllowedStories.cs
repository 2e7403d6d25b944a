using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>Conduct that the rules of severity info allow: nothing may be reported.</summary>
internal static class AllowedStories
{
    private const ulong Va = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;

    public static RuleStory[] All { get; } =
    [
        new("ATS-REQ-016", "it asks for a page that no operation needs", (link, _) =>
        {
            link.Start(0, Va, lengthBytes: 4);
            link.Ask(Va + 0x1000);
        }),
        new("ATS-TRN-007", "it sends an untranslated request while ATS is on", (link, _) =>
            link.Read(0x1000, type: AddressType.Untranslated)),
        new("ATS-INV-004", "the neighbour of an invalidated page is still used", (link, _) =>
        {
            link.Grant(Va, Pa);
            link.Grant(Va + 0x1000, Pa + 0x1000);
            link.InvalidateAndComplete(Va);
            link.Read(Pa + 0x1000);
        }),
        new("ATS-INV-020", "it asks again for a page that was not invalidated", (link, _) =>
        {
            link.Grant(Va, Pa);
            link.InvalidateAndComplete(Va + 0x1000);
            link.Grant(Va, Pa);
        }),
        new("ATS-ICP-014", "one message completes two requests", (link, _) =>
        {
            link.Invalidate(3, Va);
            link.Invalidate(17, Va + 0x1000);
            link.Complete(1u << 3 | 1u << 17);
        }),
        new("ATS-ICP-019", "the later request is completed first", (link, _) =>
        {
            link.Invalidate(3, Va);
            link.Invalidate(17, Va + 0x1000);
            link.Complete(1u << 17);
            link.Complete(1u << 3);
        }),
        new("ATS-LIF-004", "an invalidation that is out at a reset is not answered", (link, _) =>
        {
            link.Invalidate(3, Va);
            link.Reset();
        }),
        new("ATS-PRI-022", "a page request is answered Success without a mapping, and the device asks again", (link, _) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.AnswerPage();
            link.Ask(Va);
            link.Answer(0, ScriptedLink.NoAccess);
            link.Deliver(0);
            link.AskForPage(Va);
        }),
    ];

    public static IEnumerable<TestCaseData> Cases => All.Select(story => new TestCaseData(story).SetArgDisplayNames(story.ToString()));
}
