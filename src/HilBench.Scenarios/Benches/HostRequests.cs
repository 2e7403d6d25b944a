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
    public uint Read(int offset) => Read(offset, root.Function);

    /// <summary>Reads a configuration register of a function.</summary>
    /// <param name="offset">Byte offset, a multiple of 4.</param>
    /// <param name="function">Whose.</param>
    /// <exception cref="BenchException">The device does not answer in time, or refuses.</exception>
    public uint Read(int offset, RequesterId function)
    {
        var tag = root.BeginConfigurationRead(offset, function);
        Await(tag, $"CfgRd0 of register 0x{offset:x3}");
        return BinaryPrimitives.ReadUInt32LittleEndian(root.TakeAnswer(tag));
    }

    /// <summary>Writes a configuration register.</summary>
    /// <param name="offset">Byte offset, a multiple of 4.</param>
    /// <param name="value">32 bits.</param>
    /// <param name="byteEnable">Which bytes.</param>
    /// <param name="function">Whose; null: of the first function.</param>
    /// <exception cref="BenchException">The device does not answer in time, or refuses.</exception>
    public void Write(int offset, uint value, byte byteEnable = 0xF, RequesterId? function = null)
    {
        EndWrite(root.BeginConfigurationWrite(offset, value, byteEnable, function), offset);
    }

    /// <summary>Waits for the answer to a configuration write that is on its way.</summary>
    /// <param name="tag">Its tag.</param>
    /// <param name="offset">Byte offset of the register, for the message.</param>
    /// <exception cref="BenchException">The device does not answer in time, or refuses.</exception>
    public void EndWrite(int tag, int offset)
    {
        Await(tag, $"CfgWr0 of register 0x{offset:x3}");
        root.TakeAnswer(tag);
    }

    /// <summary>Reads a configuration register that nobody may have.</summary>
    /// <param name="offset">Byte offset, a multiple of 4.</param>
    /// <param name="function">Whose.</param>
    /// <returns>All ones when the request is refused, as a root complex has it.</returns>
    /// <exception cref="BenchException">The device does not answer in time.</exception>
    public uint Probe(int offset, RequesterId function)
    {
        var tag = root.BeginConfigurationRead(offset, function);
        AwaitAny(tag, $"CfgRd0 of register 0x{offset:x3}");
        var isThere = root.StatusOf(tag) == HostRequestStatus.Done;
        var answer = root.TakeAnswer(tag);
        return isThere ? BinaryPrimitives.ReadUInt32LittleEndian(answer) : uint.MaxValue;
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
        AwaitAny(tag, what);
        if (root.StatusOf(tag) == HostRequestStatus.Refused)
        {
            root.TakeAnswer(tag);
            throw new BenchException(
                BenchLayer.Device, $"{what} was not answered with Successful Completion", "Compare the register with docs/exerciser.md.");
        }
    }

    private void AwaitAny(int tag, string what)
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
    }
}
