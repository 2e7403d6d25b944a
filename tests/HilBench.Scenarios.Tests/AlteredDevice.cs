using System.Buffers.Binary;
using HilBench.Devices;
using HilBench.Pcie;

namespace HilBench.Scenarios.Tests;

/// <summary>The model with a part of it altered: what its registers read, and from when on it is silent.</summary>
internal sealed class AlteredDevice : IDevice
{
    private readonly ModelDevice _model = new();
    private readonly Dictionary<byte, int> _registerOf = [];
    private byte[] _last = [];
    private bool _isSilent;

    /// <summary>What a configuration register reads, given its offset and true value.</summary>
    public Func<int, uint, uint> Configuration { get; init; } = (_, value) => value;

    /// <summary>What a BAR0 register reads.</summary>
    public Func<uint, uint> Register { get; init; } = value => value;

    /// <summary>The first such TLP of the host silences the device.</summary>
    public Func<TlpKind, ulong, bool> Silences { get; init; } = (_, _) => false;

    public DeviceDescription Description => _model.Description;

    public ulong Cycles => _model.Cycles;

    public void Reset(ResetKind kind) => _model.Reset(kind);

    public void Send(ReadOnlySpan<byte> tlp, ulong notBefore)
    {
        Assert.That(TlpView.TryRead(tlp, out var view, out _), Is.True);
        _registerOf[view.Tag] = view.Kind == TlpKind.ConfigurationRead0 ? (int)view.HeaderDw(2) & 0xFFC : -1;
        _isSilent |= Silences(view.Kind, view.Address & 0xFFF);
        if (!_isSilent)
        {
            _model.Send(tlp, notBefore);
        }
    }

    public void Run(ulong untilCycle, ulong lingerCycles) => _model.Run(untilCycle, lingerCycles);

    public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
    {
        tlp = default;
        if (!_model.TryReceive(out var bytes, out cycle) || _isSilent)
        {
            return false;
        }

        _last = bytes.ToArray();
        Assert.That(TlpView.TryRead(_last, out var view, out _), Is.True);
        if (view.Kind == TlpKind.CompletionWithData)
        {
            var data = _last.AsSpan(_last.Length - 4);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(data);
            var register = _registerOf[view.Tag];
            BinaryPrimitives.WriteUInt32LittleEndian(data, register < 0 ? Register(value) : Configuration(register, value));
        }

        tlp = _last;
        return true;
    }

    public void Dispose() => _model.Dispose();
}
