using HilBench.Links.Contract;
using HilBench.Pcie;

namespace HilBench.Devices.Tests;

/// <summary>A board whose device clock goes on between two runs: the time that the host thinks does not count.</summary>
public sealed class FreeRunningBoardTests
{
    [Test]
    public void Time_between_two_runs_is_taken_out_of_the_reckoning()
    {
        using var near = new ModelDevice();
        using var far = new LinkedBench(device: () => new DriftingDevice()).OpenDevice();

        var expected = Play(near);
        var seen = Play(far);

        Assert.That(seen, Is.EqualTo(expected));
    }

    [Test]
    public void Time_between_two_runs_is_taken_out_on_a_bad_cable_too([Values(1UL, 2UL)] ulong seed)
    {
        using var near = new ModelDevice();
        using var far = new LinkedBench(new CableFaults { AlteredPerMille = 10 }, seed, () => new DriftingDevice()).OpenDevice();

        var expected = Play(near);
        var seen = Play(far);

        Assert.That(seen, Is.EqualTo(expected));
    }

    // Cycles since the first run: of each answer, and at the end of each run.
    private static List<ulong> Play(IDevice device)
    {
        var cycles = new List<ulong>();
        Span<byte> tlp = stackalloc byte[12];
        device.Reset(ResetKind.Fundamental);
        var origin = device.Cycles;
        for (var i = 0; i < 20; i++)
        {
            TlpWriter.WriteConfigurationRead(tlp, new(new(0), (byte)i, new(0x0100), 0));
            device.Send(tlp, 0);
            device.Run(device.Cycles + 1000, (ulong)(i % 3));
            while (device.TryReceive(out _, out var cycle))
            {
                cycles.Add(cycle - origin);
            }

            cycles.Add(device.Cycles - origin);
        }

        return cycles;
    }

    /// <summary>The model, whose clock has gone on by 500 cycles whenever a TLP comes in.</summary>
    private sealed class DriftingDevice : IDevice
    {
        private readonly ModelDevice _model = new();
        private ulong _drift = 12_345;

        public DeviceDescription Description => _model.Description;

        public ulong Cycles => _model.Cycles + _drift;

        public void Reset(ResetKind kind) => _model.Reset(kind);

        public void Send(ReadOnlySpan<byte> tlp, ulong notBefore)
        {
            _drift += 500;
            _model.Send(tlp, 0);
        }

        public void Run(ulong untilCycle, ulong lingerCycles) => _model.Run(untilCycle - _drift, lingerCycles);

        public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
        {
            var isThere = _model.TryReceive(out tlp, out cycle);
            cycle += _drift;
            return isThere;
        }

        public void Dispose() => _model.Dispose();
    }
}
