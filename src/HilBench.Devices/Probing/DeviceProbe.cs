using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Devices;

/// <summary>
/// A host in its smallest form, for bring-up: one request at a time, each waited for; nothing is checked. What the device sends of
/// its own accord goes to a listener.
/// </summary>
/// <param name="device">Not owned.</param>
/// <param name="deadlineCycles">How long an answer may take.</param>
public sealed class DeviceProbe(IDevice device, ulong deadlineCycles = 100_000)
{
    /// <summary>DWs that one memory request of the probe carries or asks for, at most.</summary>
    public const int LongestDw = 4;

    private const int FunctionsMax = 8;
    private const ulong Linger = 64;
    private readonly byte[] _tlp = new byte[64];
    private readonly byte[] _answer = new byte[4 * LongestDw];
    private byte _tag;

    /// <summary>Hears of each TLP that is no answer to the probe's own requests, with the cycle in which it was complete.</summary>
    public delegate void Emission(ReadOnlySpan<byte> tlp, ulong cycle);

    /// <summary>Who hears what the device sends of its own accord; null: nobody.</summary>
    public Emission? Listener { get; set; }

    /// <summary>Who the probe says it is.</summary>
    public RequesterId Host { get; } = RequesterId.From(0, 0, 0);

    /// <summary>The device's clock.</summary>
    public ulong Cycles => device.Cycles;

    /// <summary>The id that a function has for the probe: 01:00.N.</summary>
    public static RequesterId Function(int number) => RequesterId.From(1, 0, number);

    /// <summary>Reads a configuration register of 32 bits.</summary>
    /// <param name="offset">A multiple of 4, 0 to 4092.</param>
    /// <param name="function">0 to 7.</param>
    /// <returns>Null: the device refuses it (Unsupported Request).</returns>
    /// <exception cref="BenchException">Device: no answer in time.</exception>
    public uint? ReadConfiguration(int offset, int function = 0)
    {
        var request = ConfigurationOf(offset, function);
        var size = TlpWriter.WriteConfigurationRead(_tlp, request);
        return Ask(_tlp.AsSpan(0, size), $"CfgRd0 of register 0x{offset:x3}") == CompletionStatus.SuccessfulCompletion
            ? BinaryPrimitives.ReadUInt32LittleEndian(_answer)
            : null;
    }

    /// <summary>Writes a configuration register.</summary>
    /// <param name="offset">A multiple of 4, 0 to 4092.</param>
    /// <param name="value">32 bits.</param>
    /// <param name="byteEnable">Which bytes.</param>
    /// <param name="function">0 to 7.</param>
    /// <returns>False: the device refuses it.</returns>
    /// <exception cref="BenchException">Device: no answer in time.</exception>
    public bool WriteConfiguration(int offset, uint value, byte byteEnable = 0xF, int function = 0)
    {
        var request = ConfigurationOf(offset, function) with { ByteEnable = byteEnable };
        var size = TlpWriter.WriteConfigurationWrite(_tlp, request, value);
        return Ask(_tlp.AsSpan(0, size), $"CfgWr0 of register 0x{offset:x3}") == CompletionStatus.SuccessfulCompletion;
    }

    /// <summary>Reads DWs by one memory request.</summary>
    /// <param name="address">A multiple of 4.</param>
    /// <param name="values">1 to <see cref="LongestDw"/> DWs, little-endian.</param>
    /// <returns>False: the device refuses it.</returns>
    /// <exception cref="BenchException">Device: no answer in time.</exception>
    public bool ReadMemory(ulong address, Span<uint> values)
    {
        var size = TlpWriter.WriteMemoryRead(_tlp, new MemoryRequest(Host, NextTag(), address), values.Length);
        if (Ask(_tlp.AsSpan(0, size), $"MRd of 0x{address:x}") != CompletionStatus.SuccessfulCompletion)
        {
            return false;
        }

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadUInt32LittleEndian(_answer.AsSpan(4 * i));
        }

        return true;
    }

    /// <summary>Writes DWs by one memory request, and lets the device take it.</summary>
    /// <param name="address">A multiple of 4.</param>
    /// <param name="values">1 to 8 DWs, little-endian.</param>
    public void WriteMemory(ulong address, ReadOnlySpan<uint> values)
    {
        Span<byte> payload = stackalloc byte[32];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(payload[(4 * i)..], values[i]);
        }

        var size = TlpWriter.WriteMemoryWrite(_tlp, new MemoryRequest(Host, NextTag(), address), payload[..(4 * values.Length)]);
        device.Send(_tlp.AsSpan(0, size), device.Cycles);
        Run(Linger);
    }

    /// <summary>Hands the device a TLP as it is; what comes back goes to the listener.</summary>
    /// <param name="tlp">Wire order.</param>
    public void Send(ReadOnlySpan<byte> tlp) => device.Send(tlp, device.Cycles);

    /// <summary>Lets the device's clock run; what comes out goes to the listener.</summary>
    public void Run(ulong cycles)
    {
        for (var until = device.Cycles + cycles; device.Cycles < until;)
        {
            device.Run(until, Linger);
            while (device.TryReceive(out var tlp, out var cycle))
            {
                Listener?.Invoke(tlp, cycle);
            }
        }
    }

    /// <summary>Resets the device.</summary>
    public void Reset(ResetKind kind) => device.Reset(kind);

    private ConfigurationRequest ConfigurationOf(int offset, int function)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)function, (uint)FunctionsMax, nameof(function));
        return new ConfigurationRequest(Host, NextTag(), Function(function), offset);
    }

    private byte NextTag() => _tag = (byte)((_tag + 1) & 0x1F);

    private CompletionStatus Ask(ReadOnlySpan<byte> request, string what)
    {
        var tag = _tag;
        device.Send(request, device.Cycles);
        for (var until = device.Cycles + deadlineCycles; device.Cycles < until;)
        {
            device.Run(until, lingerCycles: 0);
            CompletionStatus? status = null;
            while (device.TryReceive(out var tlp, out var cycle))
            {
                if (status is null && TlpView.TryRead(tlp, out var view, out _) && view.IsCompletion && view.Requester == Host && view.Tag == tag)
                {
                    status = view.Status;
                    view.Payload[..Math.Min(view.Payload.Length, _answer.Length)].CopyTo(_answer);
                    continue;
                }

                Listener?.Invoke(tlp, cycle);
            }

            if (status is { } found)
            {
                return found;
            }
        }

        throw new BenchException(
            BenchLayer.Device,
            $"{what} has no answer after {deadlineCycles} cycles",
            "The device is in reset, hangs, or does not take requests; look at its receive path first.");
    }
}
