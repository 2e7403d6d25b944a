using HilBench.Devices;
using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Scenarios.Tests;

/// <summary>
/// The model device behind somebody who wants to harm the bench: TLPs are bent, cut, doubled, dropped, held back and forged,
/// all by a seed.
/// </summary>
internal sealed class HostileDevice : IDevice
{
    private const int KeptTlps = 32;
    private readonly ModelDevice _device = new();
    private readonly Queue<(byte[] Tlp, ulong Cycle)> _ready = [];
    private readonly List<byte[]> _seen = [];
    private readonly SeededChoice _choice;
    private readonly int _bends;
    private readonly int _forges;
    private readonly int _burst;
    private readonly ulong _silentFrom;
    private byte[] _current = [];

    public HostileDevice(ulong seed)
    {
        _choice = new SeededChoice(seed);
        _bends = _choice.Chance(30) ? 0 : _choice.Between(1, _choice.Chance(50) ? 5 : 60);
        _forges = _choice.Chance(30) ? 0 : _choice.Between(1, 40);
        _burst = _choice.Chance(10) ? 2000 : 4;
        _silentFrom = _choice.Chance(15) ? _choice.Below(20_000) : ulong.MaxValue;
    }

    public DeviceDescription Description => _device.Description;

    public ulong Cycles => _device.Cycles;

    public void Reset(ResetKind kind)
    {
        _device.Reset(kind);
        _ready.Clear();
    }

    public void Send(ReadOnlySpan<byte> tlp, ulong notBefore)
    {
        Keep(tlp);
        _device.Send(tlp, notBefore);
    }

    public void Run(ulong untilCycle, ulong lingerCycles)
    {
        _device.Run(untilCycle, lingerCycles);
        while (_device.TryReceive(out var tlp, out var cycle))
        {
            Keep(tlp);
            if (cycle >= _silentFrom)
            {
                continue;
            }

            if (!_choice.Chance(_bends))
            {
                _ready.Enqueue((tlp.ToArray(), cycle));
                continue;
            }

            for (var copies = _choice.Between(0, 2); copies > 0; copies--)
            {
                _ready.Enqueue((Bent(tlp.ToArray()), cycle));
            }
        }

        if (_choice.Chance(_forges))
        {
            for (var count = _choice.Between(1, _burst); count > 0; count--)
            {
                _ready.Enqueue((Forged(), Cycles));
            }
        }
    }

    public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
    {
        var isThere = _ready.TryDequeue(out var first);
        _current = first.Tlp ?? [];
        tlp = _current;
        cycle = first.Cycle;
        return isThere;
    }

    public void Dispose() => _device.Dispose();

    private void Keep(ReadOnlySpan<byte> tlp)
    {
        if (_seen.Count < KeptTlps)
        {
            _seen.Add(tlp.ToArray());
        }
        else
        {
            _seen[_choice.Between(0, KeptTlps - 1)] = tlp.ToArray();
        }
    }

    private byte[] Bent(byte[] tlp)
    {
        switch (_choice.Below(5))
        {
            case 0:
                return tlp[.._choice.Between(0, tlp.Length)];
            case 1:
                return [.. tlp, .. Noise(_choice.Between(1, 64))];
            case 2 when tlp.Length > 0:
                tlp[_choice.Between(0, Math.Min(tlp.Length, 16) - 1)] = (byte)_choice.NextBits();
                return tlp;
            default:
                for (var bits = _choice.Between(1, 4); bits > 0 && tlp.Length > 0; bits--)
                {
                    tlp[_choice.Between(0, tlp.Length - 1)] ^= (byte)(1 << _choice.Between(0, 7));
                }

                return tlp;
        }
    }

    private byte[] Forged()
    {
        if (_seen.Count > 0 && _choice.Chance(60))
        {
            return Bent([.. _seen[_choice.Between(0, _seen.Count - 1)]]);
        }

        var tlp = Noise(_choice.Chance(3) ? _choice.Between(0, TlpFormat.MaxSizeBytes + 64) : _choice.Between(0, 48));
        if (tlp.Length > 8 && _choice.Chance(70))
        {
            // Types that the bench has tables for: completions, messages, memory requests, with a length that may fit.
            tlp[0] = new byte[] { 0x0A, 0x4A, 0x30, 0x34, 0x72, 0x00, 0x20, 0x40, 0x60, 0x91 }[_choice.Between(0, 9)];
            tlp[2] = (byte)(_choice.Below(4) << 2);
            tlp[3] = (byte)((tlp.Length / 4) - 3);
        }

        return tlp;
    }

    private byte[] Noise(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)_choice.NextBits();
        }

        return bytes;
    }
}
