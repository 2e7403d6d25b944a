using HilBench.Devices;

namespace HilBench.Scenarios.Tests;

/// <summary>Takes everything, answers nothing, and writes down what it was handed and when.</summary>
internal sealed class RecordingDevice : IDevice
{
    private readonly Queue<(byte[] Tlp, ulong Cycle)> _out = new();
    private byte[] _last = [];

    /// <summary>TLPs in the order in which they were handed over, with the cycle of delivery.</summary>
    public List<(ulong Cycle, byte[] Tlp)> Taken { get; } = [];

    public DeviceDescription Description { get; } = new("recording", "1", 0, []);

    public ulong Cycles { get; private set; }

    /// <summary>Lets the device send a TLP in a cycle.</summary>
    public void Emit(byte[] tlp, ulong cycle) => _out.Enqueue((tlp, cycle));

    public void Reset(ResetKind kind) => Taken.Clear();

    public void Send(ReadOnlySpan<byte> tlp, ulong notBefore)
    {
        Assert.That(notBefore, Is.GreaterThanOrEqualTo(Cycles), "handed over too late");
        Assert.That(Taken.Count == 0 || Taken[^1].Cycle <= notBefore, Is.True, "never less than an earlier call's");
        Taken.Add((notBefore, tlp.ToArray()));
    }

    public void Run(ulong untilCycle, ulong lingerCycles)
    {
        var stop = _out.TryPeek(out var first) ? Math.Min(untilCycle, first.Cycle + lingerCycles) : untilCycle;
        Cycles = Math.Max(Cycles, stop);
    }

    public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
    {
        if (_out.TryPeek(out var next) && next.Cycle <= Cycles)
        {
            (_last, cycle) = _out.Dequeue();
            tlp = _last;
            return true;
        }

        tlp = default;
        cycle = 0;
        return false;
    }

    public void Dispose()
    {
        // Nothing outside of managed memory.
    }
}
