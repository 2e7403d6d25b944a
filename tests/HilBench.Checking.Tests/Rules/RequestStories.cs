using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>Translation Requests (ats-rules B.1, B.2, B.9).</summary>
internal static class RequestStories
{
    private const ulong Va = 0x7F00_0020_0000;

    public static RuleStory[] All { get; } =
    [
        new("ATS-CAP-003", "the address of a Translation Request is not page aligned", (link, isMistaken) =>
            link.Ask(isMistaken ? Va + 0x10 : Va)),
        new("ATS-REQ-001", "it asks while ATS is off", (link, isMistaken) =>
        {
            link.SetAts(isOn: false);
            link.SetAts(isOn: !isMistaken);
            link.Ask(Va);
        }),
        new("ATS-REQ-002", "a write has AT = 01", (link, isMistaken) =>
            link.Write(0x1000, type: isMistaken ? AddressType.TranslationRequest : AddressType.Untranslated)),
        new("ATS-REQ-003", "a read has AT = 11", (link, isMistaken) =>
            link.Read(0x1000, type: isMistaken ? AddressType.Reserved : AddressType.Untranslated)),
        new("ATS-REQ-004", "a Translation Request asks for one DW (M62)", (link, isMistaken) =>
            link.FromDevice([isMistaken ? 0x20000401u : 0x20000402u, 0x010007FFu, 0x00007F00u, 0x00200000u])),
        new("ATS-REQ-005", "it asks for 128 bytes where the boundary is 64", (link, isMistaken) =>
            link.Ask(Va, translations: isMistaken ? 16 : 8)),
        new("ATS-REQ-006", "a 64-bit header has an address below 4 GiB", (link, isMistaken) =>
            link.FromDevice([0x20000402u, 0x010007FFu, isMistaken ? 0u : 1u, 0x12345000u])),
        new("ATS-REQ-007", "a tag is used twice at once (M63)", (link, isMistaken) =>
        {
            link.Ask(Va, tag: 3);
            link.Ask(Va + 0x1000, tag: (byte)(isMistaken ? 3 : 4));
        }),
        new("ATS-REQ-007", "a read takes the tag of a Translation Request that is out", (link, isMistaken) =>
        {
            link.Ask(Va, tag: 3);
            link.Read(0x1000, tag: (byte)(isMistaken ? 3 : 4), type: AddressType.Untranslated);
        }),
        new("ATS-REQ-008", "the Requester ID is another function's", (link, isMistaken) =>
            link.Ask(Va, requester: isMistaken ? RequesterId.From(1, 0, 1) : null)),
        new("ATS-REQ-009", "Last BE is 0000", (link, isMistaken) =>
            link.FromDevice([0x20000402u, isMistaken ? 0x0100070Fu : 0x010007FFu, 0x00007F00u, 0x00200000u])),
        new("ATS-REQ-010", "it asks with a PASID while PASID is off", (link, isMistaken) =>
        {
            link.SetPasid(isOn: !isMistaken);
            link.Ask(Va, pasid: 5);
        }),
        new("ATS-REQ-011", "it asks for execute permission, which is not enabled", (link, isMistaken) =>
            link.Ask(Va, prefix: new PasidPrefix(new Pasid(5), ExecuteRequested: isMistaken))),
        new("ATS-REQ-012", "it asks in privileged mode, which is not enabled", (link, isMistaken) =>
            link.Ask(Va, prefix: new PasidPrefix(new Pasid(5), PrivilegedRequested: isMistaken))),
        new("ATS-REQ-013", "it asks with No Write and writes", (link, isMistaken) =>
        {
            link.Grant(Va, 0x8000_0000, noWrite: true);
            UseBy(link, 0x8000_0000, isWrite: isMistaken);
            link.Grant(Va, 0x8000_0000);
            link.Write(0x8000_0000);
        }),
        new("ATS-REQ-014", "it asks 64 times in a row for a page without access", (link, isMistaken) =>
        {
            for (var i = 0; i < (isMistaken ? 64 : 63); i++)
            {
                link.Ask(Va);
                link.Answer(0, ScriptedLink.NoAccess);
                link.Deliver(0);
            }
        }),
        new("ATS-REQ-015", "it asks while Bus Master Enable is 0", (link, isMistaken) =>
        {
            link.SetBusMaster(isOn: false);
            link.SetBusMaster(isOn: !isMistaken);
            link.Ask(Va);
        }),
        new("ATS-REQ-017", "the address is just above the canonical lower half", (link, isMistaken) =>
            link.Ask(isMistaken ? 1UL << 47 : (1UL << 47) - 0x1000)),
        new("ATS-REQ-017", "the address is just below the canonical upper half", (link, isMistaken) =>
            link.Ask(isMistaken ? 0xFFFF_7FFF_FFFF_F000 : 0xFFFF_8000_0000_0000)),
        new("ATS-PAS-001", "the PASID needs 17 bits, the device has 16", (link, isMistaken) =>
            link.Ask(Va, pasid: isMistaken ? 0x1_0005u : 0xFFFF))
        {
            Layout = layout => layout with { MaxPasidWidth = 16 },
        },
        new("ATS-PAS-003", "an untranslated read has a PASID while PASID is off", (link, isMistaken) =>
        {
            link.SetPasid(isOn: !isMistaken);
            link.Read(0x1000, type: AddressType.Untranslated, pasid: 5);
        }),
        new("ATS-MAL-008", "a TLP is cut short by another (M74)", (link, isMistaken) =>
            link.FromDevice(isMistaken ? [0x32000000u, 0x01000002u] : [0x20000402u, 0x010007FFu, 0x00007F00u, 0x00200000u])),
    ];

    private static void UseBy(ScriptedLink link, ulong pa, bool isWrite)
    {
        if (isWrite)
        {
            link.Write(pa);
        }
        else
        {
            link.Read(pa);
        }
    }
}
