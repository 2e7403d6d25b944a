namespace HilBench.Checking.Tests;

/// <summary>What an invalidation must make disappear, and what must be drained before (ats-rules B.5, B.7).</summary>
internal static class StaleUseStories
{
    private const ulong Low = 0x1234_5000;
    private const ulong High = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;
    private const ulong NewPa = 0x9000_0000;
    private const int Huge = 21;
    private const ulong HugePages = 0x20_0000;

    public static RuleStory[] All { get; } =
    [
        Stale("ATS-INV-001", "it completes and invalidates nothing (M01)", Low),
        Stale("ATS-INV-003", "a part of the page survives", Low, useAt: 0xF00) with { Focus = ["ATS-INV-003"] },
        Stale("ATS-INV-008", "an entry above 4 GiB survives (M03)", High) with { Focus = ["ATS-INV-008"] },
        Stale("ATS-INV-009", "the copy in another way survives (M14)", Low) with { Focus = ["ATS-INV-009"] },
        Stale("ATS-INV-014", "an entry with a PASID survives", Low, pasid: 5, by: 5) with { Focus = ["ATS-INV-014"] },
        Stale("ATS-INV-019", "the PASID is compared on 16 bits (M24)", Low, pasid: 0x1_0005, by: 0x1_0005) with
        {
            Focus = ["ATS-INV-019"],
        },
        Stale("ATS-INV-002", "a 2 MiB entry survives 4 KiB inside it, in the middle (M11)", High, grantShift: Huge, useAt: 0x8_1000),
        Stale("ATS-INV-002", "a 2 MiB entry survives 4 KiB inside it, on its last page (M12)", High, grantShift: Huge,
            useAt: HugePages - 0x1000),
        Stale("ATS-INV-005", "the second page of 8 KiB survives (M04)", High + 0x1000, shift: 13),
        Stale("ATS-INV-005", "the size saturates at 2 MiB (M06)", High + HugePages, shift: 23),
        Stale("ATS-INV-006", "the upper half survives the invalidation of everything (M08)", 0xFFFF_8000_0000_0000, shift: 64),
        Stale("ATS-INV-015", "an entry with a PASID survives an invalidation without (M23)", Low, pasid: 5),
        Stale("ATS-INV-016", "an entry of another PASID survives a global invalidation (M27)", Low, pasid: 2, by: 1, isGlobal: true),
        new("ATS-INV-010", "an answer that was on its way is stored (M18)", (link, isMistaken) =>
        {
            link.Ask(Low);
            link.Answer(0, ScriptedLink.Entry(Pa));
            link.Invalidate(0, Low);
            link.Deliver(0);
            CompleteAndUse(link, Low, isMistaken);
        }),
        new("ATS-INV-010", "an answer is stored that arrives after the Invalidate Completion", (link, isMistaken) =>
        {
            link.Ask(Low);
            link.Answer(0, ScriptedLink.Entry(Pa));
            link.InvalidateAndComplete(Low);
            link.Deliver(0);
            UseOldOrAskAgain(link, Low, isMistaken);
        }),
        new("ATS-INV-011", "an answer is stored that arrives one cycle after the invalidation (M19)", (link, isMistaken) =>
        {
            link.Ask(Low);
            link.Answer(0, ScriptedLink.Entry(Pa));
            link.Invalidate(0, Low, isDelivered: false);
            Meet(link, firstFill: false);
            CompleteAndUse(link, Low, isMistaken);
        }),
        new("ATS-INV-011", "an answer is stored that arrives one cycle before the invalidation (M19)", (link, isMistaken) =>
        {
            link.Ask(Low);
            link.Answer(0, ScriptedLink.Entry(Pa));
            link.Invalidate(0, Low, isDelivered: false);
            Meet(link, firstFill: true);
            CompleteAndUse(link, Low, isMistaken);
        }),
        new("ATS-INV-012", "the match in flight uses the page that was asked, not the block (M21)", (link, isMistaken) =>
        {
            link.Ask(High);
            link.Answer(0, ScriptedLink.Entry(Pa, Huge));
            link.Invalidate(0, High + 0x5000);
            link.Deliver(0);
            link.Complete(1);
            UseOldOrAskAgain(link, High + 0x5000, isMistaken, oldPa: Pa + 0x5000);
        }),
        new("ATS-INV-013", "the second entry of an answer on its way is stored (M20)", (link, isMistaken) =>
        {
            link.Ask(Low, translations: 2);
            link.Answer(0, ScriptedLink.Entry(Pa), ScriptedLink.Entry(Pa + 0x5000));
            link.Invalidate(0, Low + 0x1000);
            link.Deliver(0);
            link.Complete(1);
            UseOldOrAskAgain(link, Low + 0x1000, isMistaken, oldPa: Pa + 0x5000);
        }),
        new("ATS-ORD-001", "the completion overtakes a write (M29)", (link, isMistaken) =>
        {
            link.Grant(Low, Pa);
            link.Start(0, Low, lengthBytes: 4, isWrite: true);
            link.Invalidate(0, Low);
            CompleteBeforeOrAfter(link, isMistaken, () => link.Write(Pa));
        })
        {
            Focus = ["ATS-ORD-001"],
        },
        new("ATS-ORD-006", "a long transfer keeps its translation (M32)", (link, isMistaken) =>
        {
            link.Grant(Low, Pa);
            link.Start(0, Low, lengthBytes: 256, isWrite: true);
            link.Write(Pa, lengthDw: 32);
            link.InvalidateAndComplete(Low);
            AskAgainUnless(isMistaken, link, Low);
            link.Write((isMistaken ? Pa : NewPa) + 128, lengthDw: 32);
        }),
        new("ATS-ORD-002", "it completes while a translated read is out (M31)", (link, isMistaken) =>
        {
            link.Grant(Low, Pa);
            link.Read(Pa, tag: 9);
            link.Invalidate(0, Low);
            CompleteBeforeOrAfter(link, isMistaken, () => link.AnswerRead(tag: 9));
        }),
    ];

    private static RuleStory Stale(
        string rule, string mistake, ulong va, int shift = 12, int grantShift = 12, ulong useAt = 0, uint? pasid = null,
        uint? by = null, bool isGlobal = false) => new(rule, mistake, (link, isMistaken) =>
        {
            link.Grant(va, Pa, grantShift, pasid: pasid);
            link.Read(Pa + useAt);
            link.AnswerRead();
            link.InvalidateAndComplete(grantShift == 12 ? va : va + useAt, shift, by, isGlobal, itag: 7);
            UseOldOrAskAgain(link, (va + useAt) & ~0xFFFUL, isMistaken, Pa + useAt, pasid);
        });

    private static void CompleteAndUse(ScriptedLink link, ulong va, bool isMistaken)
    {
        link.Complete(1);
        UseOldOrAskAgain(link, va, isMistaken);
    }

    private static void UseOldOrAskAgain(
        ScriptedLink link, ulong va, bool isMistaken, ulong oldPa = Pa, uint? pasid = null)
    {
        AskAgainUnless(isMistaken, link, va, pasid);
        link.Read(isMistaken ? oldPa : NewPa);
    }

    private static void AskAgainUnless(bool isMistaken, ScriptedLink link, ulong va, uint? pasid = null)
    {
        if (!isMistaken)
        {
            link.Grant(va, NewPa, pasid: pasid, tag: 1);
        }
    }

    // Both arrive within two cycles; the Delivered line of the invalidation names only its ITag.
    private static void Meet(ScriptedLink link, bool firstFill)
    {
        link.Step = 1;
        if (firstFill)
        {
            link.Deliver(0);
            link.DeliverInvalidation(0);
        }
        else
        {
            link.DeliverInvalidation(0);
            link.Deliver(0);
        }

        link.Step = 10;
    }

    private static void CompleteBeforeOrAfter(ScriptedLink link, bool isBefore, Action drained)
    {
        if (isBefore)
        {
            link.Complete(1);
            drained();
        }
        else
        {
            drained();
            link.Complete(1);
        }
    }
}
