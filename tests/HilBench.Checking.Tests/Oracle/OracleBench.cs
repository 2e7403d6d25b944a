using System.Buffers.Binary;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>A process with one page, bound to PASID 5, in front of a scripted link.</summary>
internal sealed class OracleBench
{
    public const ulong Va = 0x10_0000_0000;
    private const uint Pasid = 5;

    public OracleBench(ulong value)
    {
        Process = Link.Kernel.CreateAddressSpace();
        Link.Pasids.Bind(new Pasid(Pasid), Process);
        Process.Mmap(4096, Protection.ReadWrite, at: new VirtualAddress(Va)).RunToEnd();
        Store(value);
    }

    public ScriptedLink Link { get; } = new();

    public AddressSpace Process { get; }

    public VirtualRange Page => VirtualRange.OfSize(new VirtualAddress(Va), 4096);

    public IReadOnlyList<string> BrokenRules => Link.BrokenRules;

    public PhysicalAddress Physical => Process.Tables.TryWalk(new VirtualAddress(Va), out var walk)
        ? walk.Translate(new VirtualAddress(Va))
        : throw new InvalidOperationException("nothing is mapped");

    /// <summary>A CPU store of 8 bytes.</summary>
    public void Store(ulong value, ulong offset = 0) =>
        Process.Write(new VirtualAddress(Va + offset), Bytes(value)).RunToEnd();

    /// <summary>Runs an operation until the entry is changed, not to its end. Returns the operation.</summary>
    public CpuOperation RunUntilUnmapped(CpuOperation operation)
    {
        while (Process.Tables.TryWalk(new VirtualAddress(Va), out _))
        {
            Assert.That(operation.Steps.MoveNext(), Is.True, "the operation never unmapped the page");
        }

        return operation;
    }

    public void StartRead(byte slot = 0, int lengthBytes = 8, ulong offset = 0) =>
        Link.Start(slot, Va + offset, lengthBytes, pasid: Pasid);

    public void FinishRead(ulong data, byte slot = 0, int lengthDw = 2) => Link.Finish(slot, data, lengthDw: lengthDw);

    public void StartWrite(uint seed, byte slot = 0) => Link.Start(slot, Va, 8, isWrite: true, pasid: Pasid, seed: seed);

    /// <summary>The device's bytes land in the page that is mapped now.</summary>
    public void DeviceWrites(uint seed) => DeviceWrites(seed, Physical);

    public void DeviceWrites(uint seed, PhysicalAddress physical)
    {
        Link.Write(physical.Value, lengthDw: 2, first: seed, type: AddressType.Untranslated);
        Link.Kernel.Memory.Write(physical, Bytes(seed | ((ulong)(seed + 1) << 32)));
    }

    private static byte[] Bytes(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
