using System.Globalization;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking.Tests;

/// <summary>What the host itself owes the device (ats-rules B.7), ordering of classes, and PASIDs torn down (B.9).</summary>
internal static class HostStories
{
    private const ulong Va = 0x10_0000_0000;
    private const ulong Pa = 0x8000_0000;
    private const uint Operation = 77;

    public static RuleStory[] All { get; } =
    [
        new("ATS-ORD-003", "a write of a class follows that class's completion (M36)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Write(Pa, trafficClass: 0);
            link.Write(Pa, trafficClass: 3);
            link.Invalidate(0, Va);
            link.Complete(1, count: 2, trafficClass: 3);
            link.Write(Pa, trafficClass: isMistaken ? 3 : 0);
            link.Complete(1, count: 2, trafficClass: 0);
        })
        {
            Focus = ["ATS-ORD-003"],
        },
        Overtaken("ATS-ORD-004", "a write that waited in the transmit queue follows the completion (M30)"),
        Overtaken("ATS-ORD-005", "the page is used after its completion was queued (M80)"),
        new("ATS-ORD-007", "new work on the page postpones the completion (M33)", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            link.Invalidate(0, Va);
            link.Start(0, Va);
            if (isMistaken)
            {
                link.TimeOut(1);
            }
            else
            {
                link.Complete(1);
            }
        })
        {
            Focus = ["ATS-ORD-007"],
        },
        new("ATS-ORD-008", "a page gets a new owner while the device holds it", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            EndUnless(link, isMistaken);
            link.Record(JournalKind.FrameAllocated, new FrameRecord(Pa >> 12, 1, Operation, 0));
        }),
        new("ATS-ORD-009", "the agent answers from its own cache while the device is invalidated", (link, isMistaken) =>
        {
            var mm = Map(link);
            link.Invalidate(0, Va, pasid: 5);
            Translate(link, mm, isMistaken);
        }),
        new("ATS-ORD-010", "the agent answers with a page that the tables no longer have", (link, isMistaken) =>
            Translate(link, Map(link), isMistaken)),
        new("ATS-ORD-011", "an entry is set to a new page before the old one is invalidated", (link, isMistaken) =>
        {
            var mm = Map(link);
            link.Grant(Va, Pa, pasid: 5);
            EndUnless(link, isMistaken, pasid: 5);
            var present = PageTableEntry.Present;
            link.Record(JournalKind.EntryChange, new EntryChangeRecord(mm.Id, 12, Va, Pa | present, 0, Operation));
            link.Record(JournalKind.EntryChange, new EntryChangeRecord(mm.Id, 12, Va, 0, 0x9000_0000 | present, Operation));
        }),
        new("ATS-ORD-011", "an entry is set to a new page by who cleared it last", (link, isMistaken) =>
        {
            var mm = Map(link);
            var present = PageTableEntry.Present;
            link.Record(JournalKind.EntryChange, new EntryChangeRecord(mm.Id, 12, Va, 0x8000_0000 | present, 0, Operation));
            link.Record(JournalKind.EntryChange, new EntryChangeRecord(mm.Id, 12, Va, 0, Pa | present, Operation));
            link.Grant(Va, Pa, pasid: 5);
            var other = isMistaken ? Operation : Operation + 1;
            link.Record(JournalKind.EntryChange, new EntryChangeRecord(mm.Id, 12, Va, Pa | present, 0, other));
            link.Record(JournalKind.EntryChange, new EntryChangeRecord(mm.Id, 12, Va, 0, 0x9000_0000 | present, Operation));
        }),
        new("ATS-ORD-012", "a page is freed before the completion has come", (link, isMistaken) =>
        {
            link.Grant(Va, Pa);
            EndUnless(link, isMistaken);
            link.Record(JournalKind.FrameFreed, new FrameRecord(Pa >> 12, 1, Operation, 0));
        }),
        new("ATS-PAS-002", "two prefixes stand in front of a request", (link, isMistaken) => link.FromDevice(isMistaken
            ? [0x91000005u, 0x91000006u, 0x20000402u, 0x010007FFu, 0x00007F00u, 0x00200000u]
            : [0x91000005u, 0x20000402u, 0x010007FFu, 0x00007F00u, 0x00200000u])),
        new("ATS-PAS-002", "a prefix of another type stands in front of a request", (link, isMistaken) => link.FromDevice(
            isMistaken ? 0x92000005u : 0x91000005u, 0x20000402u, 0x010007FFu, 0x00007F00u, 0x00200000u)),
        new("ATS-PAS-009", "a reserved bit of the prefix is set", (link, isMistaken) => link.FromDevice(
            isMistaken ? 0x91400005u : 0x91000005u, 0x20000402u, 0x010007FFu, 0x00007F00u, 0x00200000u)),
        new("ATS-PAS-006", "a translation of a process that is gone is used", (link, isMistaken) =>
        {
            Owned(link);
            link.Pasids.Bind(new Pasid(5), null);
            link.InvalidateAndComplete(0, shift: 64, pasid: 5);
            UseAgain(link, isMistaken);
        }),
        new("ATS-PAS-007", "a process sees what its PASID's former owner was given (M73)", (link, isMistaken) =>
        {
            Owned(link);
            link.Pasids.Bind(new Pasid(5), null);
            link.InvalidateAndComplete(0, shift: 64, pasid: 5);
            link.Pasids.Bind(new Pasid(5), link.Kernel.CreateAddressSpace());
            UseAgain(link, isMistaken);
        }),
        new("ATS-PAS-008", "of nine processes one sees another's page", (link, isMistaken) =>
        {
            for (uint pasid = 1; pasid <= 9; pasid++)
            {
                Store(Map(link, pasid), 0x1111_0000_0000_0000UL + pasid);
            }

            link.Start(0, Va, lengthBytes: 8, pasid: 3);
            link.Finish(0, 0x1111_0000_0000_0000UL + (isMistaken ? 8u : 3u), lengthDw: 2);
        })
        {
            Focus = ["ATS-PAS-008"],
        },
        new("ATS-ICP-004", "a function without ATS completes an Invalidate Request", (link, isMistaken) =>
        {
            link.Invalidate(3, Va);
            if (isMistaken)
            {
                link.Complete(1u << 3);
            }
        })
        {
            Layout = layout => layout with { AtsOffset = 0 },
        },
    ];

    private static RuleStory Overtaken(string rule, string mistake) => new(rule, mistake, (link, isMistaken) =>
    {
        link.Checker.IsTransmitBlocked = true;
        link.Grant(Va, Pa);
        link.Pass(100);
        link.Start(0, Va, lengthBytes: 64, isWrite: true);
        link.Invalidate(0, Va);
        if (!isMistaken)
        {
            link.Write(Pa, lengthDw: 16);
        }

        link.Complete(1);
        if (isMistaken)
        {
            link.Write(Pa, lengthDw: 16);
        }
    })
    {
        Focus = [rule],
    };

    private static void EndUnless(ScriptedLink link, bool isMistaken, uint? pasid = null)
    {
        link.Invalidate(0, Va, pasid: pasid);
        if (!isMistaken)
        {
            link.Complete(1);
        }
    }

    private static AddressSpace Map(ScriptedLink link, uint pasid = 5)
    {
        var mm = link.Kernel.CreateAddressSpace();
        link.Pasids.Bind(new Pasid(pasid), mm);
        mm.Mmap(4096, Protection.ReadWrite, at: new VirtualAddress(Va)).RunToEnd();
        Store(mm, 1);
        return mm;
    }

    private static void Store(AddressSpace mm, ulong value) =>
        mm.Write(new VirtualAddress(Va), BitConverter.GetBytes(value)).RunToEnd();

    private static void Translate(ScriptedLink link, AddressSpace mm, bool isMistaken)
    {
        Assert.That(mm.Tables.TryWalk(new VirtualAddress(Va), out var walk), Is.True, Va.ToString(CultureInfo.InvariantCulture));
        var entry = ScriptedLink.Entry(walk.Page.Value + (isMistaken ? 0x1000u : 0));
        link.Record(JournalKind.Translation, new TranslationRecord(Va, entry.Bits, 5, link.Layout.Function.Value));
    }

    private static void Owned(ScriptedLink link)
    {
        link.Pasids.Bind(new Pasid(5), link.Kernel.CreateAddressSpace());
        link.Grant(Va, Pa, pasid: 5);
    }

    private static void UseAgain(ScriptedLink link, bool isMistaken)
    {
        link.Pass(100);
        if (!isMistaken)
        {
            link.Grant(Va, Pa, pasid: 5);
        }

        link.Read(Pa);
    }
}
