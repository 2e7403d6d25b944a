using System.Buffers.Binary;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>Whose data a DMA operation sees (ATS-TRN-005, and what mixes up contexts).</summary>
internal static class DataStories
{
    private const ulong Va = 0x10_0000_0000;
    private const ulong Mine = 0x1111_1111_2222_2222;
    private const ulong Theirs = 0x3333_3333_4444_4444;

    public static RuleStory[] All { get; } =
    [
        new("ATS-TRN-005", "a read returns what is nowhere in memory", (link, isMistaken) =>
        {
            Hold(link, pasid: 5, Mine);
            Reads(link, pasid: 5, isMistaken ? 0x5555_5555 : Mine);
        }),
        new("ATS-TRN-005", "the first bytes are right and the sum is wrong", (link, isMistaken) =>
        {
            Hold(link, pasid: 5, Mine);
            link.Start(0, Va, lengthBytes: 64, pasid: 5);
            link.Finish(0, Mine, digest: 0x3333_3333u + (isMistaken ? 1u : 0u), lengthDw: 16);
        }),
        new("ATS-TRN-005", "a write ends and memory does not hold it", (link, isMistaken) =>
        {
            var mm = Hold(link, pasid: 5, Mine);
            link.Start(0, Va, lengthBytes: 4, isWrite: true, pasid: 5, seed: 0xABCD);
            if (!isMistaken)
            {
                Store32(mm, 0xABCD);
            }

            link.Finish(0);
        }),
        new("ATS-PAS-004", "work of one PASID reads another's page", (link, isMistaken) =>
        {
            Hold(link, pasid: 5, Mine);
            Hold(link, pasid: 6, Theirs);
            Reads(link, pasid: 5, isMistaken ? Theirs : Mine);
        }),
        new("ATS-PAS-005", "work without PASID reads a PASID's page", (link, isMistaken) =>
        {
            Hold(link, pasid: null, Mine);
            Hold(link, pasid: 6, Theirs);
            Reads(link, pasid: null, isMistaken ? Theirs : Mine);
        }),
        new("ATS-INV-018", "PASID 0 is taken for no PASID (M26)", (link, isMistaken) =>
        {
            Hold(link, pasid: 0, Theirs);
            Hold(link, pasid: null, Mine);
            Reads(link, pasid: null, isMistaken ? Theirs : Mine);
        })
        {
            Focus = ["ATS-INV-018"],
        },
    ];

    private static AddressSpace Hold(ScriptedLink link, uint? pasid, ulong value)
    {
        var mm = link.Kernel.CreateAddressSpace();
        link.Pasids.Bind(pasid is { } number ? new Pasid(number) : null, mm);
        mm.Mmap(4096, Protection.ReadWrite, at: new VirtualAddress(Va)).RunToEnd();
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        mm.Write(new VirtualAddress(Va), bytes).RunToEnd();
        return mm;
    }

    private static void Reads(ScriptedLink link, uint? pasid, ulong data)
    {
        link.Start(0, Va, lengthBytes: 8, pasid: pasid);
        link.Finish(0, data, lengthDw: 2);
    }

    private static void Store32(AddressSpace mm, uint value)
    {
        mm.Tables.TryWalk(new VirtualAddress(Va), out var walk);
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        mm.Kernel.Memory.Write(walk.Translate(new VirtualAddress(Va)), bytes);
    }
}
