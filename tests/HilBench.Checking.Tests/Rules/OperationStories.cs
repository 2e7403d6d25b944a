using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>Which operation a translation serves (ATS-CPL-010 to 017), and what the host's own answers say.</summary>
internal static class OperationStories
{
    private const ulong Va = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;

    public static RuleStory[] All { get; } =
    [
        new("ATS-CPL-010", "it executes from a page without Exe", (link, isMistaken) =>
        {
            EnableModes(link);
            link.StartAs(0, Va, lengthBytes: 4, pasid: 5, isExecute: true);
            Grant(link, isMistaken ? ScriptedLink.ReadWrite : ScriptedLink.ReadWrite | TranslationFlags.Exe, new PasidPrefix(new Pasid(5), ExecuteRequested: true));
            link.Read(Pa);
        }),
        new("ATS-CPL-011", "work without privilege uses the translation of privileged work", (link, isMistaken) =>
        {
            EnableModes(link);
            link.StartAs(0, Va, lengthBytes: 4, pasid: 5, isPrivileged: !isMistaken);
            Grant(link, ScriptedLink.ReadWrite, new PasidPrefix(new Pasid(5), PrivilegedRequested: true));
            link.Read(Pa);
        }),
        new("ATS-CPL-013", "it takes a 64 KiB translation for a larger one", (link, isMistaken) =>
        {
            link.Start(0, Va + (isMistaken ? 0x1_0000UL : 0xF000), lengthBytes: 4);
            link.Grant(Va, Pa, shift: 16);
            link.Read(Pa + (isMistaken ? 0x1_0000UL : 0xF000));
        })
        {
            Focus = ["ATS-CPL-013"],
        },
        new("ATS-CPL-014", "the ones that say the size are taken for the address (M59)", (link, isMistaken) =>
        {
            link.Start(0, Va + 0x2000, lengthBytes: 4);
            link.Grant(Va, Pa, shift: 16);
            link.Read(Pa + (isMistaken ? 0x7000UL : 0x2000));
        }),
        new("ATS-CPL-015", "the block is taken as starting at the page that was asked for (M60)", (link, isMistaken) =>
        {
            link.Start(0, Va + 0x5000, lengthBytes: 4);
            link.Ask(Va + 0x3000);
            link.Answer(0, ScriptedLink.Entry(Pa, shift: 16));
            link.Deliver(0);
            link.Read(Pa + (isMistaken ? 0x2000UL : 0x5000));
        }),
        new("ATS-CPL-017", "the first entry is used for the second page", (link, isMistaken) =>
        {
            link.Start(0, Va + 0x1000, lengthBytes: 4);
            link.Ask(Va, translations: 2);
            link.Answer(0, ScriptedLink.Entry(Pa), ScriptedLink.Entry(Pa + 0x5000));
            link.Deliver(0);
            link.Read(isMistaken ? Pa : Pa + 0x5000);
        }),
        new("ATS-INV-024", "\"untranslated only\" is still believed after the invalidation", (link, isMistaken) =>
        {
            link.Start(0, Va, lengthBytes: 4);
            link.Grant(Va, Pa, flags: ScriptedLink.ReadWrite | TranslationFlags.U);
            link.InvalidateAndComplete(Va);
            if (!isMistaken)
            {
                link.Grant(Va, Pa, flags: ScriptedLink.ReadWrite | TranslationFlags.U);
            }

            link.Read(Va, type: AddressType.Untranslated);
        }),
        new("ATS-TRN-009", "the host does not know the address of a guest that it has returned", (link, isMistaken) =>
        {
            link.Checker.GuestOffset = 1UL << 40;
            link.Grant(Va, Pa + (1UL << 40));
            link.Read(Pa + (1UL << 40));
            if (isMistaken)
            {
                link.FromHost([0x0A000000u, 0x00082004u, 0x01000800u]);
            }
            else
            {
                link.AnswerRead();
            }
        }),
    ];

    private static void EnableModes(ScriptedLink link) => link.WriteRegister(
        link.Layout.PasidOffset + PasidCapability.CapabilityControl,
        PasidCapability.Enable | PasidCapability.ExecuteEnable | PasidCapability.PrivilegedEnable,
        byteEnable: 0xC);

    private static void Grant(ScriptedLink link, TranslationFlags flags, PasidPrefix prefix)
    {
        link.Ask(Va, prefix: prefix);
        link.Answer(0, ScriptedLink.Entry(Pa, flags: flags));
        link.Deliver(0);
    }
}
