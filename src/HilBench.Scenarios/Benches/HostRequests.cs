using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Configuration and memory requests of the host that wait for their answer; moves the wire meanwhile.</summary>
public sealed class HostRequests(Wire wire, RootPort root, ulong deadlineCycles) : IConfigurationReader
{
    /// <inheritdoc/>
    /// <exception cref="BenchException">The device does not answer in time, or refuses.</exception>
    public uint Read(int offset)
    {
        var tag = root.BeginConfigurationRead(offset);
        Await(tag, $"CfgRd0 of register 0x{offset:x3}");
        return BinaryPrimitives.ReadUInt32LittleEndian(root.TakeAnswer(tag));
    }

    /// <summary>Writes a configuration register.</summary>
    /// <param name="offset">Byte offset, a multiple of 4.</param>
    /// <param name="value">32 bits.</param>
    /// <param name="byteEnable">Which bytes.</param>
    /// <exception cref="BenchException">The device does not answer in time, or refuses.</exception>
    public void Write(int offset, uint value, byte byteEnable = 0xF)
    {
        var tag = root.BeginConfigurationWrite(offset, value, byteEnable);
        Await(tag, $"CfgWr0 of register 0x{offset:x3}");
        root.TakeAnswer(tag);
    }

    /// <summary>Reads a 32-bit register in a BAR.</summary>
    /// <exception cref="BenchException">The device does not answer in time, or refuses.</exception>
    public uint ReadRegister(ulong address)
    {
        var tag = root.BeginRead(address, 1);
        Await(tag, $"MRd of register 0x{address:x}");
        return BinaryPrimitives.ReadUInt32LittleEndian(root.TakeAnswer(tag));
    }

    private void Await(int tag, string what)
    {
        var deadline = wire.Now + deadlineCycles;
        while (root.StatusOf(tag) == HostRequestStatus.Pending)
        {
            if (wire.Now >= deadline)
            {
                throw new BenchException(
                    BenchLayer.Device,
                    $"{what} has no answer after {deadlineCycles} cycles",
                    "The device is in reset, hangs, or does not take configuration requests; look at its receive path first.");
            }

            wire.Step(deadline);
        }

        if (root.StatusOf(tag) == HostRequestStatus.Refused)
        {
            root.TakeAnswer(tag);
            throw new BenchException(
                BenchLayer.Device, $"{what} was not answered with Successful Completion", "Compare the register with docs/exerciser.md.");
        }
    }
}
