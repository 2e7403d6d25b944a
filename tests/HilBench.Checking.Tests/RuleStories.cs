using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>For each rule that the checker implements the shortest story in which a device breaks it.</summary>
internal static class RuleStories
{
    private const ulong Va = 0x4000_0000;
    private const ulong Pa = 0x20_0000;
    private const uint Pasid = CheckerScript.Pasid;

    public static SortedDictionary<string, Action<CheckerScript>> All { get; } = new(StringComparer.Ordinal)
    {
        ["ATS-CAP-003"] = s => s.Raw("91000005 00000402 010000ff 40000010"),
        ["ATS-REQ-001"] = s => { Off(s, ats: true); s.Ask(Va); },
        ["ATS-REQ-002"] = s => s.Write(Pa, at: AddressType.TranslationRequest),
        ["ATS-REQ-003"] = s => s.Read(Pa, at: AddressType.Reserved),
        ["ATS-REQ-004"] = s => s.Raw("91000005 00000401 010000ff 40000000"),
        ["ATS-REQ-005"] = s => s.Ask(Va, count: 9),
        ["ATS-REQ-006"] = s => s.Raw("91000005 20000402 010000ff 00000000 40000000"),
        ["ATS-REQ-007"] = s => { s.Ask(Va); s.Ask(Va + 4096); },
        ["ATS-REQ-008"] = s => s.Ask(Va, requester: RequesterId.From(1, 0, 1)),
        ["ATS-REQ-009"] = s => s.Raw("91000005 00000402 0100000f 40000000"),
        ["ATS-REQ-010"] = s => { Off(s, pasid: true); s.Ask(Va); },
        ["ATS-REQ-011"] = s => s.Raw("91100005 00000402 010000ff 40000000"),
        ["ATS-REQ-012"] = s => s.Raw("91200005 00000402 010000ff 40000000"),
        ["ATS-REQ-013"] = s => { s.Grant(Va, Pa, noWrite: true); s.Write(Pa); },
        ["ATS-REQ-014"] = s =>
        {
            for (var i = 0; i < 64; i++)
            {
                s.Ask(Va);
                s.Answer(0, isDelivered: true, default(TranslationEntry));
            }
        },
        ["ATS-REQ-015"] = s => { Off(s, busMaster: true); s.Ask(Va); },
        ["ATS-REQ-017"] = s => s.Ask(0x8000_0000_0000),
        ["ATS-PAS-001"] = s => s.Ask(Va, pasid: 0x10000),
        ["ATS-PAS-003"] = s => { Off(s, pasid: true); s.Write(Pa, at: AddressType.Untranslated, pasid: Pasid); },
        ["ATS-TRN-001"] = s => s.Read(Pa),
        ["ATS-TRN-002"] = s => { s.Grant(Va, Pa); Off(s, ats: true); s.Read(Pa); },
        ["ATS-TRN-003"] = s => { s.Grant(Va, Pa); s.InvalidateAndComplete(Va); s.Read(Pa); },
        ["ATS-TRN-004"] = s => { s.Grant(Va, Pa); s.Read(Pa + 4032, dws: 32); },
        ["ATS-TRN-005"] = s =>
        {
            s.Process(Pasid, Va, 0x1111);
            s.Start(Va);
            s.Finish(data: 0x2222);
        },
        ["ATS-TRN-006"] = s => { s.Grant(Va, Pa); s.Read(Pa, pasid: Pasid); },
        ["ATS-TRN-008"] = s => { s.Grant(Va, Pa); Off(s, busMaster: true); s.Read(Pa); },
        ["ATS-TRN-010"] = s => s.Checker.Report("ATS-TRN-010", "as the bench reports an operation that never ends"),
        ["ATS-CPL-006"] = s => { s.Grant(Va, Pa, access: "rwu"); s.Read(Pa); },
        ["ATS-CPL-007"] = s => { s.Grant(Va, Pa, access: "w"); s.Read(Pa); },
        ["ATS-CPL-008"] = s => { s.Grant(Va, Pa, access: "r"); s.Write(Pa); },
        ["ATS-CPL-026"] = s => { s.Grant(Va, Pa); s.Grant(Va, Pa + 4096); s.Read(Pa); },
        ["ATS-INV-001"] = s => { s.Grant(Va, Pa); s.InvalidateAndComplete(Va); s.Read(Pa); },
        ["ATS-INV-002"] = s => { s.Grant(Va, Pa, shift: 21); s.InvalidateAndComplete(Va + 0x5000); s.Read(Pa + 0x5000); },
        ["ATS-INV-003"] = s => Focused(s, "ATS-INV-003"),
        ["ATS-INV-005"] = s => { s.Grant(Va + 0x3000, Pa); s.InvalidateAndComplete(Va, shift: 14); s.Read(Pa); },
        ["ATS-INV-006"] = s => { s.Grant(Va, Pa); s.InvalidateAndComplete(0, shift: 64); s.Read(Pa); },
        ["ATS-INV-008"] = s =>
        {
            s.Checker.Focus = ["ATS-INV-008"];
            s.Grant(0x5_1000_0000, Pa);
            s.InvalidateAndComplete(0x5_1000_0000);
            s.Read(Pa);
        },
        ["ATS-INV-009"] = s => Focused(s, "ATS-INV-009"),
        ["ATS-INV-010"] = s => InFlight(s, delay: 100),
        ["ATS-INV-011"] = s => InFlight(s, delay: 0),
        ["ATS-INV-012"] = s =>
        {
            s.Ask(Va);
            s.Answer(0, isDelivered: false, CheckerScript.Entry(Pa, 21));
            var answer = s.LastToDevice;
            s.InvalidateAndComplete(Va + 0x10000);
            s.Deliver(answer);
            s.Read(Pa + 0x10000);
        },
        ["ATS-INV-013"] = s =>
        {
            s.Ask(Va, count: 2);
            s.Answer(0, isDelivered: false, CheckerScript.Entry(Pa), CheckerScript.Entry(Pa + 0x8000));
            var answer = s.LastToDevice;
            s.InvalidateAndComplete(Va + 4096);
            s.Deliver(answer);
            s.Read(Pa + 0x8000);
        },
        ["ATS-INV-014"] = s => Focused(s, "ATS-INV-014"),
        ["ATS-INV-015"] = s => { s.Grant(Va, Pa); s.InvalidateAndComplete(Va, pasid: null); s.Read(Pa); },
        ["ATS-INV-016"] = s => { s.Grant(Va, Pa, pasid: 6); s.InvalidateAndComplete(Va, isGlobal: true); s.Read(Pa); },
        ["ATS-INV-018"] = s =>
        {
            s.Checker.Focus = ["ATS-INV-018"];
            s.Process(0, Va, 0x1111);
            s.Process(null, Va, 0x2222);
            s.Start(Va, pasid: 0);
            s.Finish(data: 0x2222);
        },
        ["ATS-INV-019"] = s => Focused(s, "ATS-INV-019"),
        ["ATS-PAS-004"] = s =>
        {
            s.Process(Pasid, Va, 0x1111);
            s.Process(6, Va, 0x2222);
            s.Start(Va);
            s.Finish(data: 0x2222);
        },
        ["ATS-PAS-005"] = s =>
        {
            s.Process(Pasid, Va, 0x1111);
            s.Process(null, Va, 0x2222);
            s.Start(Va);
            s.Finish(data: 0x2222);
        },
        ["ATS-ICP-001"] = s => { s.Invalidate(Va); s.TimeOut(1); },
        ["ATS-ICP-002"] = s => { Off(s, ats: true); s.Invalidate(Va); s.TimeOut(1); },
        ["ATS-ICP-003"] = s => { Off(s, busMaster: true); s.Invalidate(Va); s.TimeOut(1); },
        ["ATS-ICP-005"] = s => { s.Invalidate(Va); s.Raw("72000002 01000002 00080001 00000001 00000000 00000000"); },
        ["ATS-ICP-006"] = s => { s.Invalidate(Va); s.Complete(to: RequesterId.From(0, 0, 0)); },
        ["ATS-ICP-007"] = s => { s.Invalidate(Va); s.Complete(from: RequesterId.From(1, 0, 1)); },
        ["ATS-ICP-008"] = s => { s.Invalidate(Va, tag: 5); s.Complete(vector: 0); },
        ["ATS-ICP-009"] = s => { s.Invalidate(Va, tag: 19); s.Complete(vector: 1 << 3); },
        ["ATS-ICP-010"] = s => { s.Invalidate(Va); s.Complete(count: 2); s.TimeOut(1); },
        ["ATS-ICP-011"] = s => { s.Invalidate(Va); s.Complete(count: 3); s.Complete(count: 2); },
        ["ATS-ICP-012"] = s =>
        {
            s.Grant(Va, Pa);
            s.Raw("40000801 0100000f 00200000 00000000");
            s.Raw("40300801 0100000f 00200000 00000000");
            s.InvalidateAndComplete(Va);
        },
        ["ATS-ICP-013"] = s => { s.InvalidateAndComplete(Va); s.Complete(); },
        ["ATS-ICP-015"] = s => { s.Checker.Focus = ["ATS-ICP-015"]; s.Invalidate(Va); s.TimeOut(1); },
        ["ATS-ICP-016"] = s => { s.Checker.Focus = ["ATS-ICP-016"]; s.Invalidate(Va); s.TimeOut(1); },
        ["ATS-ICP-017"] = s =>
        {
            s.Checker.IsOverloadIntended = true;
            for (byte tag = 0; tag < 3; tag++)
            {
                s.Invalidate(Va + tag * 4096UL, tag: tag);
            }

            s.Complete(vector: 0b011);
            s.TimeOut(0b100);
        },
        ["ATS-ICP-018"] = s => { s.Invalidate(Va); s.Invalidate(Va, tag: 1); s.Complete(vector: 1); s.TimeOut(2); },
        ["ATS-ICP-020"] = s => { s.Checker.Focus = ["ATS-ICP-020"]; s.Ask(Va); s.Invalidate(Va + 8192); s.TimeOut(1); },
        ["ATS-ICP-021"] = s => s.Complete(),
        ["ATS-ICP-022"] = s => { s.Invalidate(Va); s.Complete(attributes: TlpAttributes.RelaxedOrdering); },
        ["ATS-ICP-023"] = s => { s.Invalidate(Va); s.Invalidate(Va + 4096); },
        ["ATS-ICP-024"] = s => { s.Invalidate(Va); s.Invalidate(Va + 4096, tag: 1); s.Invalidate(Va + 8192, tag: 2); },
        ["ATS-ICP-025"] = s =>
        {
            s.Configure(CheckerScript.AtsOffset + AtsCapability.CapabilityControl, AtsCapability.Enable | 1 << AtsCapability.StuShift, 0xC);
            s.Invalidate(Va);
        },
        ["ATS-ICP-026"] = s => { s.Checker.Focus = ["ATS-ICP-026"]; s.Invalidate(Va); s.TimeOut(1); },
        ["ATS-ORD-001"] = s =>
        {
            s.Grant(Va, Pa);
            s.Start(Va, isWrite: true);
            s.Checker.Focus = ["ATS-ORD-001"];
            s.InvalidateAndComplete(Va);
            s.Write(Pa);
        },
        ["ATS-ORD-002"] = s => { s.Grant(Va, Pa); s.Read(Pa); s.InvalidateAndComplete(Va); },
        ["ATS-ORD-006"] = s =>
        {
            s.Grant(Va, Pa);
            s.Start(Va, bytes: 4096);
            s.InvalidateAndComplete(Va);
            s.Read(Pa + 1024);
        },
        ["ATS-MAL-008"] = s => s.Raw("20000402 010007ff 00007f00"),
    };

    /// <summary>The layout that a story needs; null: the usual one.</summary>
    public static FunctionLayout? LayoutOf(string rule) =>
        rule is "ATS-ICP-017" or "ATS-ICP-024" ? CheckerScript.Layout with { InvalidateQueueDepth = 2 } : null;

    private static void Focused(CheckerScript s, string rule)
    {
        s.Checker.Focus = [rule];
        s.Grant(Va, Pa);
        s.InvalidateAndComplete(Va);
        s.Read(Pa);
    }

    private static void InFlight(CheckerScript s, ulong delay)
    {
        s.Ask(Va);
        s.Answer(0, isDelivered: false, CheckerScript.Entry(Pa));
        var answer = s.LastToDevice;
        s.Invalidate(Va, isDelivered: false);
        var request = s.LastToDevice;
        s.Deliver(request);
        s.Wait(delay);
        s.DeliverNow(answer);
        s.Complete();
        s.Read(Pa);
    }

    private static void Off(CheckerScript s, bool ats = false, bool pasid = false, bool busMaster = false)
    {
        if (ats)
        {
            s.Configure(CheckerScript.AtsOffset + AtsCapability.CapabilityControl, 0, 0xC);
        }

        if (pasid)
        {
            s.Configure(CheckerScript.PasidOffset + PasidCapability.CapabilityControl, 0, 0xC);
        }

        if (busMaster)
        {
            s.Configure(ConfigurationRegister.CommandStatus, 2, 3);
        }
    }
}
