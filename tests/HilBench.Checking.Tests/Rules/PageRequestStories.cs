using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>The Page Request Interface (ats-rules B.10); 012 is the host's own mistake.</summary>
internal static class PageRequestStories
{
    private const ulong Va = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;
    private const uint Stopped = PageRequestCapability.Stopped;
    private const uint Failure = PageRequestCapability.ResponseFailure;
    private const uint Unexpected = PageRequestCapability.UnexpectedPrgIndex;

    public static RuleStory[] All { get; } =
    [
        new("ATS-PRI-001", "it asks for a page while the interface is off", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.SetPageRequests(isOn: !isMistaken);
            link.AskForPage(Va);
        }),
        new("ATS-PRI-002", "a Page Request is routed by ID", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.FromDevice(isMistaken ? 0x32000000u : 0x30000000u, 0x01000004u, 0x00007F00u, 0x00200005u);
        }),
        new("ATS-PRI-003", "two pages are asked for where one is allowed (M69)", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true, allocation: isMistaken ? 1u : 2u);
            link.AskForPage(Va, index: 0);
            link.AskForPage(Va + 0x1000, index: 1);
        }),
        new("ATS-PRI-004", "an index is used again before its response", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va, index: 3);
            link.AskForPage(Va + 0x1000, index: isMistaken ? 3 : 4);
        }),
        new("ATS-PRI-005", "a group goes on after L", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va, index: 3, isLast: isMistaken);
            link.AskForPage(Va + 0x1000, index: 3);
        })
        {
            Focus = ["ATS-PRI-005"],
        },
        new("ATS-PRI-006", "a group has two PASIDs", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va, index: 3, isLast: false, pasid: 5);
            link.AskForPage(Va + 0x1000, index: 3, pasid: isMistaken ? 6u : 5u);
        }),
        new("ATS-PRI-007", "Success is taken for a mapping (M70)", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.Grant(Va, Pa);
            link.InvalidateAndComplete(Va);
            link.AskForPage(Va);
            link.AnswerPage();
            if (!isMistaken)
            {
                link.Grant(Va, Pa);
            }

            link.Read(Pa);
        }),
        new("ATS-PRI-007", "after Success the untranslated address is used as a translated one", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.AnswerPage();
            if (isMistaken)
            {
                link.Read(Va);
                return;
            }

            link.Grant(Va, Pa);
            link.Read(Pa);
        }),
        new("ATS-PRI-008", "a page is asked for again and again although it cannot be given", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            for (var i = 0; i < (isMistaken ? 6 : 3); i++)
            {
                link.AskForPage(Va);
                link.AnswerPage(code: PrgResponseCode.InvalidRequest);
            }
        }),
        new("ATS-PRI-009", "it goes on asking after Response Failure (M71)", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.AnswerPage(code: isMistaken ? PrgResponseCode.ResponseFailure : PrgResponseCode.InvalidRequest);
            link.Pass(1000);
            link.AskForPage(Va + 0x1000);
        }),
        new("ATS-PRI-009", "it goes on asking after a code without a name", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.AnswerPage(code: (PrgResponseCode)7);
            link.Pass(1000);
            if (!isMistaken)
            {
                link.SetPageRequests(isOn: false);
                link.SetPageRequests(isOn: true);
            }

            link.AskForPage(Va + 0x1000);
        }),
        new("ATS-PRI-009", "the status bit stays 0 after a failure", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.AnswerPage(code: PrgResponseCode.ResponseFailure);
            link.ReadPageStatus(isMistaken ? 0 : Failure);
        }),
        new("ATS-PRI-010", "a response that nobody waits for sets nothing", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AnswerPage(index: 77);
            link.ReadPageStatus(isMistaken ? 0 : Unexpected);
        }),
        new("ATS-PRI-010", "a response that is waited for sets the status bit", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.AnswerPage();
            link.ReadPageStatus(isMistaken ? Unexpected : 0);
        }),
        new("ATS-PRI-011", "it acts on a response that comes after Response Failure", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va, index: 0);
            link.AskForPage(Va + 0x1000, index: 1);
            link.AnswerPage(index: 0, code: PrgResponseCode.ResponseFailure);
            link.AnswerPage(index: 1);
            if (isMistaken)
            {
                link.Ask(Va + 0x1000);
            }
        }),
        new("ATS-PRI-012", "the host leaves the PASID out of a response", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va, pasid: 5);
            link.AnswerPage(pasid: isMistaken ? null : 5u);
        }),
        new("ATS-PRI-012", "the host puts a PASID into a response that wants none", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va, pasid: 5);
            link.AnswerPage(pasid: isMistaken ? 5u : null);
        })
        {
            Layout = layout => layout with { IsPasidInResponses = false },
        },
        new("ATS-PRI-013", "a Stop Marker has no PASID", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(0, pasid: isMistaken ? null : 5u, wantsRead: false);
        }),
        new("ATS-PRI-014", "it asks for a page of a PASID after its Stop Marker", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.Mark(pasid: 5);
            link.AskForPage(Va, pasid: isMistaken ? 5u : 6u);
        })
        {
            Focus = ["ATS-PRI-014"],
        },
        new("ATS-PRI-015", "the Stop Marker overtakes the last Page Request (M72)", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.Start(0, Va, pasid: 5);
            if (isMistaken)
            {
                link.Mark(pasid: 5);
                link.AskForPage(Va, pasid: 5);
            }
            else
            {
                link.AskForPage(Va, pasid: 5);
                link.Mark(pasid: 5);
            }
        }),
        new("ATS-PRI-015", "the Stop Marker stands inside a group", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va, pasid: 5, isLast: !isMistaken);
            link.Mark(pasid: 5);
        }),
        new("ATS-PRI-016", "Stopped is 1 while a Page Request is out", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.SetPageRequests(isOn: false);
            link.ReadPageStatus(isMistaken ? Stopped : 0);
        }),
        new("ATS-PRI-016", "Stopped stays 0 although all is answered", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.SetPageRequests(isOn: false);
            link.AnswerPage();
            link.Pass(5000);
            link.ReadPageStatus(isMistaken ? 0 : Stopped);
        }),
        new("ATS-PRI-017", "Reset leaves something out", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.SetPageRequests(isOn: false, isReset: true);
            link.Pass(5000);
            link.ReadPageStatus(isMistaken ? 0 : Stopped);
        }),
        new("ATS-PRI-019", "an invalidation waits for a PRG Response (M51)", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va);
            link.Invalidate(0, Va + 0x1000);
            if (isMistaken)
            {
                link.TimeOut(1);
            }
            else
            {
                link.Complete(1);
            }
        }),
        new("ATS-PRI-020", "an old translation is used although it ended between Page Request and response", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.Grant(Va, Pa, flags: TranslationFlags.R);
            link.AskForPage(Va, wantsWrite: true);
            link.InvalidateAndComplete(Va);
            link.Pass(100);
            if (isMistaken)
            {
                link.Read(Pa);
                return;
            }

            link.Grant(Va, Pa + 0x1000);
            link.Write(Pa + 0x1000);
        })
        {
            Focus = ["ATS-PRI-020"],
        },
        new("ATS-PRI-021", "the page address is not canonical", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(isMistaken ? 1UL << 47 : Va);
        }),
        new("ATS-PRI-021", "ER is set although Execute Permission is not enabled", (link, isMistaken) =>
        {
            link.SetPageRequests(isOn: true);
            link.AskForPage(Va, prefix: new PasidPrefix(new Pasid(5), ExecuteRequested: isMistaken));
        }),
    ];
}
