using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>What a device may take from a Translation Completion (ats-rules A.4, B.3).</summary>
internal static class AnswerStories
{
    private const ulong Va = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;
    private const ulong OtherPa = 0x9000_0000;

    public static RuleStory[] All { get; } =
    [
        new("ATS-CPL-001", "it uses old data when the answer is Unsupported Request (M58)", (link, isMistaken) =>
            RefusedThenUsed(link, isMistaken, [0x0A000000u, 0x00082000u, 0x01000000u])),
        new("ATS-CPL-002", "it uses old data when the answer is Completer Abort", (link, isMistaken) =>
            RefusedThenUsed(link, isMistaken, [0x0A000000u, 0x00088000u, 0x01000000u])),
        new("ATS-CPL-003", "it uses old data when the answer is CRS", (link, isMistaken) =>
            RefusedThenUsed(link, isMistaken, [0x0A000000u, 0x00084000u, 0x01000000u])),
        new("ATS-MAL-009", "it takes a completion without data for a grant", (link, isMistaken) =>
            RefusedThenUsed(link, isMistaken, [0x0A000000u, 0x00080008u, 0x01000000u])),
        new("ATS-CPL-004", "it uses an old address when the answer is no access", (link, isMistaken) =>
            RefusedThenUsed(link, isMistaken, [0x4A000002u, 0x00080008u, 0x01000000u, 0u, 0u])),
        new("ATS-CPL-005", "it uses the address of an answer without access (M55)", (link, isMistaken) =>
            AnsweredThenUsed(link, isMistaken, [0x4A000002u, 0x00080008u, 0x01000000u, 0u, 0x80000000u])),
        new("ATS-CPL-019", "it uses an answer that is a DW too long", (link, isMistaken) =>
            AnsweredThenUsed(link, isMistaken, [0x4A000003u, 0x00080008u, 0x01000000u, 0u, 0x80000003u, 0u])),
        new("ATS-CPL-019", "it uses an answer of two entries to a request for one", (link, isMistaken) =>
            AnsweredThenUsed(link, isMistaken, [0x4A000004u, 0x00080010u, 0x01000000u, 0u, 0x80000003u, 0u, 0x80001003u])),
        new("ATS-CPL-019", "it uses an answer with a wrong Byte Count", (link, isMistaken) =>
            AnsweredThenUsed(link, isMistaken, [0x4A000002u, 0x00080004u, 0x01000000u, 0u, 0x80000003u])),
        new("ATS-CPL-022", "it uses a poisoned answer", (link, isMistaken) =>
            AnsweredThenUsed(link, isMistaken, [0x4A004002u, 0x00080008u, 0x01000000u, 0u, 0x80000003u])),
        new("ATS-CPL-021", "it stores an answer with a tag that is not out (M67)", (link, isMistaken) =>
        {
            link.FromHost([0x4A000002u, 0x00080008u, 0x01000500u, 0u, 0x80000003u]);
            link.Grant(Va, OtherPa);
            link.Read(isMistaken ? Pa : OtherPa);
        }),
        new("ATS-CPL-021", "it stores an answer for another Requester ID", (link, isMistaken) =>
        {
            link.Ask(Va);
            link.FromHost([0x4A000002u, 0x00080008u, 0x02070000u, 0u, 0x80000003u]);
            link.Answer(0, ScriptedLink.Entry(OtherPa));
            link.Deliver(0);
            link.Read(isMistaken ? Pa : OtherPa);
        }),
        new("ATS-CPL-018", "it uses an entry that a short answer did not have (M68)", (link, isMistaken) =>
        {
            link.Start(0, Va + 0x1000, lengthBytes: 4);
            link.Ask(Va, translations: 2);
            link.Answer(0, ScriptedLink.Entry(Pa));
            link.Deliver(0);
            GrantUnless(isMistaken, link, Va + 0x1000, OtherPa);
            link.Read(OtherPa);
        }),
        new("ATS-CPL-016", "it uses a translation smaller than the STU", (link, isMistaken) =>
        {
            link.SetAts(isOn: false);
            link.SetAts(isOn: false, stu: 1);
            link.Serve(isServed: true);
            link.SetAts(isOn: true, stu: 1);
            link.Ask(Va);
            link.Answer(0, ScriptedLink.Entry(Pa));
            link.Deliver(0);
            link.Grant(Va + 0x2000, OtherPa, shift: 13);
            link.Read(isMistaken ? Pa : OtherPa);
        }),
        new("ATS-CPL-020", "the halves of a split answer are put together in the wrong order", (link, isMistaken) =>
        {
            link.Start(0, Va, lengthBytes: 4);
            link.Ask(Va, translations: 16);
            link.FromHost([0x4A000010u, 0x00080080u, 0x01000000u, .. Entries(0)]);
            link.FromHost([0x4A000010u, 0x00080040u, 0x01000000u, .. Entries(8)]);
            link.Read(isMistaken ? Pa + 0x8000 : Pa);
        })
        {
            Focus = ["ATS-CPL-020"],
            Layout = layout => layout with { ReadCompletionBoundary = 128 },
        },
        new("ATS-CPL-023", "it stores an answer that comes after it has given up (M66)", (link, isMistaken) =>
        {
            link.Start(0, Va, lengthBytes: 4);
            link.Ask(Va);
            link.Answer(0, ScriptedLink.Entry(Pa));
            link.Finish(0, error: 3);
            link.Deliver(0);
            GrantUnless(isMistaken, link, Va, OtherPa);
            link.Read(isMistaken ? Pa : OtherPa);
        }),
        new("ATS-CPL-024", "it sets No Snoop although the translation says N", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, flags: ScriptedLink.ReadWrite | TranslationFlags.N);
            link.FromDevice([isMistaken ? 0x00001801u : 0x00000801u, 0x0100080Fu, (uint)Pa]);
        }),
        new("ATS-CPL-025", "it writes with a read-only translation instead of asking", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, flags: TranslationFlags.R);
            GrantUnless(isMistaken, link, Va, Pa);
            link.Write(Pa);
        })
        {
            Focus = ["ATS-CPL-025"],
        },
        new("ATS-CPL-009", "it reads no bytes of a page that it may neither read nor write", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, flags: TranslationFlags.W);
            link.FromDevice([0x00000801u, 0x01000800u, (uint)(isMistaken ? OtherPa : Pa)]);
        }),
    ];

    private static void RefusedThenUsed(ScriptedLink link, bool isMistaken, ReadOnlySpan<uint> answer)
    {
        link.Grant(Va + 0x1000, OtherPa);
        link.InvalidateAndComplete(Va + 0x1000);
        link.Start(0, Va, lengthBytes: 4);
        link.Ask(Va);
        link.FromHost(answer);
        GrantUnless(isMistaken, link, Va, Pa);
        link.Read(isMistaken ? OtherPa : Pa);
    }

    private static void AnsweredThenUsed(ScriptedLink link, bool isMistaken, ReadOnlySpan<uint> answer)
    {
        link.Ask(Va);
        link.FromHost(answer);
        GrantUnless(isMistaken, link, Va, OtherPa);
        link.Read(isMistaken ? Pa : OtherPa);
    }

    private static void GrantUnless(bool isMistaken, ScriptedLink link, ulong va, ulong pa)
    {
        if (!isMistaken)
        {
            link.Grant(va, pa);
        }
    }

    private static uint[] Entries(int first) =>
        [.. Enumerable.Range(first, 8).SelectMany(i => (uint[])[0u, (uint)Pa + ((uint)i << 12) + 3])];
}
