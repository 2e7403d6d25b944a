using HilBench.Journal;
using HilBench.Memory;
using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>ATS-ORD-011 and KSM: a read-only page takes the place of one with the same content, and is invalidated at the end.</summary>
public sealed class EqualPageTests
{
    private const ulong Va = 0x7FFF_0000_0000;
    private const ulong Old = 0x5000;
    private const ulong New = 0x6000;

    [TestCase(false, false, false, TestName = "A read-only page with the same content may be set before the invalidation")]
    [TestCase(true, false, false, TestName = "A page with other content may not be set before the invalidation")]
    [TestCase(false, true, false, TestName = "A page that CPUs may write may not be set before the invalidation")]
    [TestCase(false, false, true, TestName = "No page may be set while the device may still write the old one")]
    public void Replace(bool isOther, bool isWritable, bool deviceWrites)
    {
        var link = new ScriptedLink();
        var mm = link.Kernel.CreateAddressSpace();
        link.Pasids.Bind(new Pasid(5), mm);
        link.Kernel.Memory.Write(new PhysicalAddress(Old + 4088), BitConverter.GetBytes(7UL));
        link.Kernel.Memory.Write(new PhysicalAddress(New + 4088), BitConverter.GetBytes(isOther ? 8UL : 7UL));
        link.Grant(Va, Old, flags: deviceWrites ? TranslationFlags.R | TranslationFlags.W : TranslationFlags.R, pasid: 5);

        const ulong present = PageTableEntry.Present;
        var bits = present | (isWritable ? PageTableEntry.Writable : 0);
        link.Record(JournalKind.EntryChange, new EntryChangeRecord(mm.Id, 12, Va, Old | present, 0, 1));
        link.Record(JournalKind.EntryChange, new EntryChangeRecord(mm.Id, 12, Va, 0, New | bits, 1));

        Assert.That(link.BrokenRules, Is.EqualTo(isOther || isWritable || deviceWrites ? new[] { "ATS-ORD-011" } : []));
    }
}
