using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>What registers read, and what the host writes (ats-rules B.1, A.11).</summary>
internal static class CapabilityStories
{
    private const uint AtsRegister = 0x0060;
    private const uint EnableAndUnit0 = 0x8000_0000;

    public static RuleStory[] All { get; } =
    [
        new("ATS-CAP-001", "the version of the ATS capability is 2", (link, isMistaken) =>
            link.ReadRegister(0x100, isMistaken ? 0x1102_000Fu : 0x1101_000Fu)),
        new("ATS-CAP-002", "the field of Invalidate Queue Depth reads 0, and 32 requests are too many", (link, isMistaken) =>
            link.ReadRegister(0x104, AtsRegister | EnableAndUnit0))
        {
            Layout = layout => layout with { InvalidateQueueDepth = 32 },
            MistakenLayout = layout => layout with { InvalidateQueueDepth = 1 },
        },
        new("ATS-CAP-004", "ATS Enable reads 1 after a reset", (link, isMistaken) =>
        {
            link.Reset();
            link.ReadRegister(0x104, 0x10 | AtsRegister | (isMistaken ? EnableAndUnit0 : 0));
        }),
        new("ATS-CAP-005", "a reserved bit of the ATS control register can be written", (link, isMistaken) =>
            link.ReadRegister(0x104, 0x10 | AtsRegister | EnableAndUnit0 | (isMistaken ? 0x0020_0000u : 0))),
        new("ATS-CAP-005", "the STU cannot be written", (link, isMistaken) =>
        {
            link.SetAts(isOn: false);
            link.SetAts(isOn: false, stu: 3);
            link.ReadRegister(0x104, 0x10 | AtsRegister | (isMistaken ? 0 : 0x0003_0000u));
        }),
        new("ATS-CAP-006", "the host changes the STU while Enable is 1", (link, isMistaken) =>
        {
            if (!isMistaken)
            {
                link.SetAts(isOn: false);
                link.Serve(isServed: true);
            }

            link.SetAts(isOn: true, stu: 1);
        }),
        new("ATS-CAP-007", "Stopped reads 0 out of reset", (link, isMistaken) =>
            link.ReadRegister(0x124, isMistaken ? 0 : PageRequestCapability.Stopped)),
        new("ATS-CAP-007", "Enable of the page requests reads 1 out of reset", (link, isMistaken) =>
            link.ReadRegister(0x124, PageRequestCapability.Stopped | (isMistaken ? PageRequestCapability.Enable : 0))),
        new("ATS-CAP-008", "the host allocates more page requests than the capacity", (link, isMistaken) =>
            link.WriteRegister(0x12C, isMistaken ? 33u : 32u)),
        new("ATS-CAP-009", "Max PASID Width reads 21", (link, isMistaken) =>
            link.ReadRegister(0x114, isMistaken ? 0x1506u : 0x1406u)),
        new("ATS-CAP-010", "the host enables privileged mode, which the function lacks", (link, isMistaken) =>
            link.WriteRegister(0x114, PasidCapability.Enable | (isMistaken ? PasidCapability.PrivilegedEnable : 0), byteEnable: 0xC))
        {
            Layout = layout => layout with { HasPrivileged = false },
        },
        new("ATS-CAP-011", "End-End TLP Prefix Supported reads 0 on a function with PASIDs", (link, isMistaken) =>
            link.ReadRegister(0x64, isMistaken ? 0 : PciExpressCapability.EndEndPrefixSupported)),
    ];
}
