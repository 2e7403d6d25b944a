using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>Translated requests and the use of Translation Completions (ats-rules B.3, B.4, B.8).</summary>
internal static class TrafficStories
{
    private const ulong Va = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;
    private const ulong OtherPa = 0x9000_0000;

    public static RuleStory[] All { get; } =
    [
        new("ATS-TRN-001", "it uses an address that no translation returned (M64)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Read(isMistaken ? Va : Pa);
        }),
        new("ATS-TRN-001", "it uses the page beside the one that was returned", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Write(isMistaken ? Pa + 0x1000 : Pa + 0xFFC);
        }),
        new("ATS-TRN-001", "it uses data of an earlier answer after Unsupported Request (M58)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Ask(Va + 0x1000);
            link.AnswerUnsupported(0);
            link.Deliver(0);
            link.Read(isMistaken ? Pa + 0x1000 : Pa);
        }),
        new("ATS-TRN-002", "it sends a translated write while ATS is off", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.SetAts(isOn: false, isCompleted: isMistaken);
            link.Write(Pa);
        }),
        new("ATS-TRN-003", "it uses a translation after the Invalidate Completion", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.InvalidateAndComplete(Va);
            AskAgainUnless(isMistaken, link, Va, OtherPa);
            link.Read(isMistaken ? Pa : OtherPa);
        })
        {
            IsCompanion = true,
        },
        new("ATS-TRN-004", "a read runs over the end of its translation (M61)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Grant(Va + 0x1000, Pa + 0x1000);
            link.Read(Pa + 0xFF8, lengthDw: isMistaken ? 3 : 2);
        }),
        new("ATS-TRN-006", "a translated read has a PASID prefix", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, pasid: 5);
            link.Read(Pa, pasid: isMistaken ? 5 : null);
        }),
        new("ATS-TRN-008", "it writes while Bus Master Enable is 0", (link, isMistaken) =>
        {
            link.SetBusMaster(isOn: false, isCompleted: isMistaken);
            link.Write(0x1000, type: AddressType.Untranslated);
        }),
        new("ATS-CPL-006", "it uses a translation that says untranslated only (M57)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, flags: ScriptedLink.ReadWrite | TranslationFlags.U);
            link.Read(isMistaken ? Pa : Va, type: isMistaken ? AddressType.Translated : AddressType.Untranslated);
        }),
        new("ATS-CPL-007", "it reads with a write-only translation", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, flags: isMistaken ? TranslationFlags.W : TranslationFlags.R);
            link.Read(Pa);
        }),
        new("ATS-CPL-008", "it writes with a read-only translation (M53)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, flags: isMistaken ? TranslationFlags.R : TranslationFlags.W);
            link.Write(Pa);
        }),
        new("ATS-CPL-008", "it sends an atomic with a read-only translation", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, flags: isMistaken ? TranslationFlags.R : ScriptedLink.ReadWrite);
            link.FromDevice([0x4C000801u, 0x0100090Fu, (uint)Pa, 1u]);
        }),
        new("ATS-CPL-026", "it uses a translation that a later answer has replaced", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Grant(Va, OtherPa);
            link.Read(isMistaken ? Pa : OtherPa);
        }),
        new("ATS-CPL-026", "it uses a replaced translation, and an invalidation from before a reset is no excuse", (link, isMistaken) =>
        {
            link.Checker.IsUndrainedIntended = true;
            link.Invalidate(3, Va);
            link.ResetFunction();
            link.SetBusMaster(isOn: true);
            link.SetAts(isOn: true);
            link.Grant(Va, Pa);
            link.Grant(Va, OtherPa);
            link.Read(isMistaken ? Pa : OtherPa);
        }),
        new("ATS-LIF-001", "a translation survives that ATS is turned off and on again (M48)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.SetAts(isOn: false);
            link.SetAts(isOn: true);
            AskAgainUnless(isMistaken, link, Va, OtherPa);
            link.Read(isMistaken ? Pa : OtherPa);
        }),
    ];

    private static void AskAgainUnless(bool isMistaken, ScriptedLink link, ulong va, ulong pa)
    {
        if (!isMistaken)
        {
            link.Grant(va, pa);
        }
    }
}
