using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>Disables, resets, power states, renumbering (ats-rules B.8); 006 and 009 are the host's own mistakes.</summary>
internal static class LifeCycleStories
{
    private const ulong Va = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;

    public static RuleStory[] All { get; } =
    [
        new("ATS-LIF-002", "a translation that was on its way when ATS went off is used", (link, isMistaken) =>
        {
            link.Ask(Va);
            link.SetAts(isOn: false);
            link.Answer(0, ScriptedLink.Entry(Pa));
            link.Deliver(0);
            link.SetAts(isOn: true);
            Use(link, isMistaken);
        }),
        new("ATS-LIF-003", "a translation survives a function-level reset (M49)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.ResetFunction();
            link.SetBusMaster(isOn: true);
            link.SetAts(isOn: true);
            Use(link, isMistaken);
        }),
        new("ATS-LIF-005", "a request from before the reset is completed (M50)", (link, isMistaken) =>
        {
            link.Checker.IsUndrainedIntended = true;
            link.Invalidate(3, Va);
            link.ResetFunction();
            link.SetBusMaster(isOn: true);
            link.SetAts(isOn: true);
            if (isMistaken)
            {
                link.Complete(1u << 3);
            }
        }),
        new("ATS-LIF-006", "the host resets the function with an invalidation out", (link, isMistaken) =>
        {
            link.Invalidate(3, Va);
            if (!isMistaken)
            {
                link.Complete(1u << 3);
            }

            link.ResetFunction();
        }),
        new("ATS-LIF-006", "the host clears ATS Enable with an invalidation out", (link, isMistaken) =>
        {
            link.Invalidate(3, Va);
            if (!isMistaken)
            {
                link.Complete(1u << 3);
            }

            link.SetAts(isOn: false);
        }),
        new("ATS-LIF-006", "the host goes to D3hot with an invalidation out", (link, isMistaken) =>
        {
            link.Invalidate(3, Va);
            if (!isMistaken)
            {
                link.Complete(1u << 3);
            }

            link.SetPower(PowerManagementCapability.D3Hot);
        }),
        new("ATS-LIF-007", "an invalidation in D3hot is not honoured", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.SetPower(PowerManagementCapability.D3Hot);
            link.InvalidateAndComplete(Va);
            link.SetPower(PowerManagementCapability.D0);
            Use(link, isMistaken);
        }),
        new("ATS-LIF-008", "a translation survives a hot reset", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Reset();
            link.SetBusMaster(isOn: true);
            link.SetAts(isOn: true);
            Use(link, isMistaken);
        }),
        new("ATS-LIF-009", "the host sets ATS Enable before the agent serves the function", (link, isMistaken) =>
        {
            link.SetAts(isOn: false);
            link.Serve(isServed: false);
            if (!isMistaken)
            {
                link.Serve(isServed: true);
            }

            link.SetAts(isOn: true);
        }),
        new("ATS-LIF-009", "the agent stops serving the function while its ATS Enable is 1", (link, isMistaken) =>
        {
            link.SetAts(isOn: isMistaken);
            link.Serve(isServed: false);
        }),
        new("ATS-LIF-010", "an invalidation while Bus Master Enable is 0 is not honoured", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.SetBusMaster(isOn: false);
            link.InvalidateAndComplete(Va);
            link.SetBusMaster(isOn: true);
            Use(link, isMistaken);
        }),
        new("ATS-LIF-011", "a translation with a PASID survives PASID off and on", (link, isMistaken) =>
        {
            link.Grant(Va, Pa, pasid: 5);
            link.SetPasid(isOn: false);
            link.SetPasid(isOn: true);
            Use(link, isMistaken, pasid: 5);
        }),
        new("ATS-LIF-012", "a translation survives a change of the STU", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.SetAts(isOn: false);
            link.SetAts(isOn: false, stu: 1);
            link.SetAts(isOn: true, stu: 1);
            Use(link, isMistaken, shift: 13);
        }),
        new("ATS-LIF-013", "a Translation Request carries the old bus number", (link, isMistaken) =>
        {
            var old = link.Layout.Function;
            var id = RequesterId.From(7, 0, 0);
            link.Renumber(id);
            link.Ask(Va, requester: isMistaken ? old : id);
        }),
        new("ATS-LIF-013", "an Invalidate Completion carries the old bus number", (link, isMistaken) =>
        {
            var id = RequesterId.From(7, 0, 0);
            link.Invalidate(3, Va);
            link.Renumber(id);
            link.Complete(1u << 3, requester: isMistaken ? link.Layout.Function : id);
        }),
    ];

    private static void Use(ScriptedLink link, bool isMistaken, uint? pasid = null, int shift = 12)
    {
        link.Pass(100);
        if (!isMistaken)
        {
            link.Grant(Va, Pa, shift, pasid: pasid, tag: 2);
        }

        link.Write(Pa);
    }
}
