using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>Translations that an invalidation must end, and does not (ats-rules B.3, B.5).</summary>
internal static class EndedStories
{
    private const ulong Va = 0x4000_0000;
    private const ulong Pa = 0x8000_0000;
    private const ulong OtherPa = 0x9000_0000;
    private const ulong AllOnes = ~0x7FFUL;

    public static RuleStory[] All { get; } =
    [
        new("ATS-INV-007", "\"everything\" said with all ones leaves a page", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Invalidate(0, 0, shift: 64, reservedBits: AllOnes);
            link.Complete(1);
            UseOrAsk(link, isMistaken);
        }),
        new("ATS-INV-017", "the Global bit is not supported, and the named PASID keeps its page", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, pasid: 5);
            link.InvalidateAndComplete(Va, pasid: 5, isGlobal: true);
            UseOrAsk(link, isMistaken, pasid: 5);
        })
        {
            Layout = layout => layout with { HasGlobalInvalidate = false },
        },
        new("ATS-INV-021", "a Global translation survives an invalidation under another PASID", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, pasid: 1, flags: ScriptedLink.ReadWrite | TranslationFlags.Global);
            link.InvalidateAndComplete(Va, pasid: 2);
            UseOrAsk(link, isMistaken, pasid: 1);
        }),
        new("ATS-INV-022", "an invalidation of function 1 ends only what function 0 has (M82)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.InvalidateAndComplete(Va);
            UseOrAsk(link, isMistaken);
        })
        {
            Focus = ["ATS-INV-022"],
            Layout = layout => layout with { Function = RequesterId.From(1, 0, 1) },
        },
        new("ATS-INV-023", "a read-only translation survives", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, flags: TranslationFlags.R);
            link.InvalidateAndComplete(Va);
            UseOrAsk(link, isMistaken);
        })
        {
            Focus = ["ATS-INV-023"],
        },
        new("ATS-CPL-027", "a larger translation serves a page again whose smaller one was invalidated", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, shift: 21);
            link.Grant(Va + 0x3000, Pa + 0x3000);
            link.InvalidateAndComplete(Va + 0x3000);
            if (!isMistaken)
            {
                link.Grant(Va + 0x3000, OtherPa);
            }

            link.Read(isMistaken ? Pa + 0x3000 : OtherPa);
        })
        {
            Focus = ["ATS-CPL-027"],
        },
    ];

    private static void UseOrAsk(ScriptedLink link, bool isMistaken, uint? pasid = null)
    {
        if (!isMistaken)
        {
            link.Grant(Va, OtherPa, pasid: pasid);
        }

        link.Read(isMistaken ? Pa : OtherPa);
    }
}
