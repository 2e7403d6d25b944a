using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>The invalidation protocol (ats-rules B.6); 023 to 025 are the host's own mistakes.</summary>
internal static class InvalidationStories
{
    private const ulong Va = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;

    public static RuleStory[] All { get; } =
    [
        Silent("ATS-ICP-001", "a request is not answered (M46)"),
        Silent("ATS-ICP-015", "the completion misses the deadline") with { Focus = ["ATS-ICP-015"] },
        Silent("ATS-ICP-016", "one request fewer than the Queue Depth is accepted (M44)") with { Focus = ["ATS-ICP-016"] },
        new("ATS-ICP-002", "a request is not answered while ATS is off (M48)", (link, isMistaken) =>
        {
            link.SetAts(isOn: false);
            AnswerOrTimeOut(link, isMistaken);
        }),
        new("ATS-ICP-003", "a request is not answered while Bus Master Enable is 0 (M47)", (link, isMistaken) =>
        {
            link.SetBusMaster(isOn: false);
            AnswerOrTimeOut(link, isMistaken);
        }),
        new("ATS-ICP-005", "the completion has data", (link, isMistaken) =>
        {
            link.Invalidate(5, Va);
            link.FromDevice(isMistaken
                ? [0x72000001u, 0x01000002u, 0x00080001u, 0x00000020u, 0u]
                : [0x32000000u, 0x01000002u, 0x00080001u, 0x00000020u]);
        }),
        new("ATS-ICP-006", "the Destination ID is 0 (M40)", (link, isMistaken) =>
            Completed(link, () => link.Complete(1, destination: isMistaken ? default(RequesterId) : null))),
        new("ATS-ICP-007", "the Requester ID is another function's (M41)", (link, isMistaken) =>
            Completed(link, () => link.Complete(1, requester: isMistaken ? RequesterId.From(1, 0, 1) : null))),
        new("ATS-ICP-008", "the ITag vector stays 0 (M37)", (link, isMistaken) =>
            Completed(link, () => link.Complete(isMistaken ? 0u : 1u))),
        new("ATS-ICP-009", "the vector is 1 << (ITag and 15) (M38)", (link, isMistaken) =>
        {
            link.Invalidate(19, Va);
            link.Complete(isMistaken ? 1u << 3 : 1u << 19);
        }),
        new("ATS-ICP-010", "two completions are announced, one is sent (M35)", (link, isMistaken) =>
        {
            link.Invalidate(0, Va);
            link.Complete(1, count: 2, trafficClass: 3);
            if (!isMistaken)
            {
                link.Complete(1, count: 2);
            }

            link.TimeOut(1);
        }),
        new("ATS-ICP-011", "the Completion Count changes between two completions", (link, isMistaken) =>
        {
            link.Invalidate(0, Va);
            link.Complete(1, count: 3, trafficClass: 2);
            link.Complete(1, count: isMistaken ? 4 : 3, trafficClass: 3);
            link.Complete(1, count: 3);
        }),
        new("ATS-ICP-012", "one completion for two traffic classes (M36)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Write(Pa, trafficClass: 0);
            link.Write(Pa, trafficClass: 3);
            link.Invalidate(0, Va);
            link.Complete(1, count: isMistaken ? 1 : 2, trafficClass: 0);
            if (!isMistaken)
            {
                link.Complete(1, count: 2, trafficClass: 3);
            }
        }),
        new("ATS-ICP-013", "a completion more than announced (M39)", (link, isMistaken) =>
        {
            link.Invalidate(3, Va);
            link.Invalidate(4, Va + 0x1000);
            link.Complete(1u << 3);
            link.Complete(isMistaken ? (1u << 4) | (1u << 3) : 1u << 4);
        }),
        new("ATS-ICP-017", "the request beyond the Queue Depth is lost (M45)", (link, isMistaken) =>
        {
            link.Checker.IsOverloadIntended = true;
            link.Invalidate(0, Va);
            link.Invalidate(1, Va + 0x1000);
            link.Invalidate(2, Va + 0x2000);
            link.Complete(isMistaken ? 0b011u : 0b111u);
            link.TimeOut(0b100);
        })
        {
            Layout = layout => layout with { InvalidateQueueDepth = 2 },
        },
        new("ATS-ICP-018", "a second request of the same range is merged away (M43)", (link, isMistaken) =>
        {
            link.Invalidate(1, Va);
            link.Invalidate(2, Va);
            link.Complete(isMistaken ? 0b010u : 0b110u);
            link.TimeOut(0b100);
        }),
        new("ATS-ICP-020", "the completion waits for a translation that is held back (M52)", (link, isMistaken) =>
        {
            link.Ask(Va + 0x5000);
            AnswerOrTimeOut(link, isMistaken);
        })
        {
            Focus = ["ATS-ICP-020"],
        },
        new("ATS-ICP-021", "a completion comes although nothing is outstanding", (link, isMistaken) =>
        {
            link.Invalidate(0, Va);
            link.Complete(1);
            if (isMistaken)
            {
                link.Complete(1);
            }
        }),
        new("ATS-ICP-022", "Relaxed Ordering is set in the completion", (link, isMistaken) =>
            Completed(link, () => link.Complete(1, attributes: isMistaken ? TlpAttributes.RelaxedOrdering : TlpAttributes.NoSnoop))),
        new("ATS-ICP-022", "IDO is set in the completion", (link, isMistaken) =>
            Completed(link, () => link.Complete(1, attributes: isMistaken ? TlpAttributes.Ido : TlpAttributes.None))),
        new("ATS-ICP-023", "the host uses an ITag again too early", (link, isMistaken) =>
        {
            link.Invalidate(6, Va);
            link.Invalidate((byte)(isMistaken ? 6 : 7), Va + 0x1000);
        }),
        new("ATS-ICP-024", "the host exceeds the Queue Depth", (link, isMistaken) =>
        {
            for (byte itag = 0; itag < (isMistaken ? 5 : 4); itag++)
            {
                link.Invalidate(itag, Va + (itag * 0x1000UL));
            }
        })
        {
            Layout = layout => layout with { InvalidateQueueDepth = 4 },
        },
        new("ATS-ICP-025", "the host invalidates 4 KiB where the STU is 8 KiB", (link, isMistaken) =>
        {
            link.SetAts(isOn: false);
            link.SetAts(isOn: true, stu: 1);
            link.Invalidate(0, Va, shift: isMistaken ? 12 : 13);
        }),
        new("ATS-ICP-026", "a request with reserved bits set is not answered", (link, isMistaken) =>
        {
            link.Invalidate(0, Va, reservedBits: 0x7FE);
            CompleteOrTimeOut(link, isMistaken);
        })
        {
            Focus = ["ATS-ICP-026"],
        },
    ];

    private static RuleStory Silent(string rule, string mistake) => new(rule, mistake, AnswerOrTimeOut);

    private static void AnswerOrTimeOut(ScriptedLink link, bool isMistaken)
    {
        link.Invalidate(0, Va);
        CompleteOrTimeOut(link, isMistaken);
    }

    private static void CompleteOrTimeOut(ScriptedLink link, bool isMistaken)
    {
        if (isMistaken)
        {
            link.TimeOut(1);
        }
        else
        {
            link.Complete(1);
        }
    }

    private static void Completed(ScriptedLink link, Action complete)
    {
        link.Invalidate(0, Va);
        complete();
    }
}
