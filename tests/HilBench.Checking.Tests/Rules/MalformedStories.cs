namespace HilBench.Checking.Tests;

/// <summary>What a device must not take for an Invalidate Request (ats-rules B.11). Function 01:00.0, agent 00:01.0.</summary>
internal static class MalformedStories
{
    private const ulong Va = 0x4000_0000;
    private const ulong Pa = 0x8000_0000;
    private const ulong OtherPa = 0x9000_0000;
    private const uint AllTags = 1u << 31;

    public static RuleStory[] All { get; } =
    [
        Completed("ATS-MAL-001", "it completes an Invalidate Request of one DW", [0x72000001u, 0x00081F01u, 0x01000000u, 0u, 0u]),
        Completed("ATS-MAL-001", "it completes an Invalidate Request of three DWs", [0x72000003u, 0x00081F01u, 0x01000000u, 0u, 0u, 0x40000000u, 0u]),
        Completed("ATS-MAL-002", "it completes a message without data (M75)", [0x32000000u, 0x00081F01u, 0x01000000u, 0u]),
        Completed("ATS-MAL-003", "it completes an Invalidate Request for another ID", [0x72000002u, 0x00081F01u, 0x02000000u, 0u, 0u, 0x40000000u]),
        Completed("ATS-MAL-006", "it completes a message with code 03", [0x72000002u, 0x00081F03u, 0x01000000u, 0u, 0u, 0x40000000u]),
        new("ATS-MAL-004", "it completes a poisoned Invalidate Request and uses what it names (M76)", (link, isMistaken) =>
            CompletedThenUsed(link, isMistaken, [0x72004002u, 0x00081F01u, 0x01000000u, 0u, 0u, 0x40000000u])),
        new("ATS-MAL-011", "it completes an Invalidate Request with two prefixes and uses what it names", (link, isMistaken) =>
            CompletedThenUsed(link, isMistaken, [0x91000002u, 0x91000005u, 0x72000002u, 0x00081F01u, 0x01000000u, 0u, 0u, 0x40000000u])),
        new("ATS-MAL-005", "it reads the payload little-endian (M02)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.InvalidateAndComplete(Va);
            if (!isMistaken)
            {
                link.Grant(Va, OtherPa);
            }

            link.Read(isMistaken ? Pa : OtherPa);
        })
        {
            Focus = ["ATS-MAL-005"],
        },
        new("ATS-MAL-007", "a request with a digest is not answered", (link, isMistaken) =>
        {
            link.FromHost([0x72008002u, 0x00080001u, 0x01000000u, 0u, 0u, 0x40000000u, 0x12345678u]);
            CompleteOrTimeOut(link, isMistaken, 1);
        })
        {
            Focus = ["ATS-MAL-007"],
        },
        new("ATS-MAL-010", "it answers a PRG Response although it has no page requests", (link, isMistaken) =>
        {
            link.FromHost([0x32000000u, 0x00080005u, 0x01000003u, 0u]);
            link.ReadRegister(0x100, 0x1101_000F);
            if (isMistaken)
            {
                link.FromDevice([0x0A000000u, 0x01002000u, 0x00080300u]);
            }
        })
        {
            Layout = layout => layout with { PageRequestOffset = 0 },
        },
        new("ATS-MAL-012", "the second of two requests in one cycle is lost", (link, isMistaken) =>
        {
            link.Step = 0;
            link.Invalidate(1, Va);
            link.Invalidate(2, Va + 0x1000);
            link.Step = 10;
            link.Complete(1u << 1);
            CompleteOrTimeOut(link, isMistaken, 1u << 2);
        })
        {
            Focus = ["ATS-MAL-012"],
        },
    ];

    private static RuleStory Completed(string rule, string mistake, uint[] message) => new(rule, mistake, (link, isMistaken) =>
    {
        link.FromHost(message);
        if (isMistaken)
        {
            link.Complete(AllTags);
        }
    });

    private static void CompletedThenUsed(ScriptedLink link, bool isMistaken, ReadOnlySpan<uint> message)
    {
        link.Grant(Va, Pa, pasid: 5);
        link.FromHost(message);
        if (isMistaken)
        {
            link.Complete(AllTags);
        }

        link.Read(Pa);
    }

    private static void CompleteOrTimeOut(ScriptedLink link, bool isMistaken, uint tags)
    {
        if (isMistaken)
        {
            link.TimeOut(tags);
        }
        else
        {
            link.Complete(tags);
        }
    }
}
