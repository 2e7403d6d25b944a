using HilBench.Devices.Contract;
using HilBench.Links.Contract;
using HilBench.Pcie;

namespace HilBench.Devices.Tests;

/// <summary>A bad cable costs time and never truth: the same TLPs in the same cycles as on a device in this process.</summary>
public sealed class BadCableTests
{
    private static readonly CableFaults _all = new()
    {
        AlteredPerMille = 5,
        LostPerMille = 10,
        DoubledPerMille = 10,
        StalledPerMille = 1,
    };

    private static IEnumerable<TestCaseData> Cables()
    {
        (string Name, CableFaults Faults)[] cables =
        [
            ("no faults", new()),
            ("1% of bytes altered", new() { AlteredPerMille = 10 }),
            ("1% of bytes altered, long chunks", new() { AlteredPerMille = 10, ChunkBytes = 1000 }),
            ("chunks lost", new() { LostPerMille = 30 }),
            ("chunks doubled", new() { DoubledPerMille = 100, ChunkBytes = 300 }),
            ("stalls of 200 ms", new() { StalledPerMille = 20 }),
            ("all of it", _all),
        ];
        return
            from cable in cables
            from seed in (ulong[])[1, 2, 3]
            select new TestCaseData(cable.Faults, seed).SetArgDisplayNames(cable.Name, $"seed {seed}");
    }

    [TestCaseSource(nameof(Cables))]
    public void No_TLP_is_lost_doubled_or_late(CableFaults faults, ulong seed)
    {
        using var near = new ModelDevice();
        using var far = new LinkedBench(faults, seed).OpenDevice();

        var expected = Play(near, seed);
        var seen = Play(far, seed);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen, Is.EqualTo(expected));
            Assert.That(expected, Has.Count.GreaterThan(300), "nothing much happened");
        }
    }

    [Test]
    public void Faults_of_the_cable_were_met_and_mended()
    {
        var bench = new LinkedBench(_all, seed: 9);
        using var device = bench.OpenDevice();

        Play(device, seed: 9);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(device.Counters.BrokenFrames, Is.GreaterThan(10));
            Assert.That(device.Counters.Repeated, Is.GreaterThan(10));
            Assert.That(device.Counters.Repetitions, Is.GreaterThan(0));
            Assert.That(device.Counters.Naks, Is.GreaterThan(10));
        }
    }

    // Configuration reads and writes, in bursts and one by one, over two epochs, from a seed.
    private static List<string> Play(IDevice device, ulong seed)
    {
        var chance = new SeededSequence(seed);
        var seen = new List<string>();
        Span<byte> tlp = stackalloc byte[16];
        device.Reset(ResetKind.Fundamental);
        var origin = device.Cycles;
        for (var round = 0; round < 60; round++)
        {
            for (var i = chance.Choose(20); i >= 0; i--)
            {
                var size = TlpWriter.WriteConfigurationRead(
                    tlp, new(new(0), (byte)chance.Choose(256), new(0x0100), (ushort)(4 * chance.Choose(80))));
                device.Send(tlp[..size], origin + (ulong)(round * 100));
            }

            device.Run(origin + (ulong)((round + 1) * 100), (ulong)chance.Choose(100));
            Collect(device, origin, seen);
            if (round == 30)
            {
                device.Reset(ResetKind.Hot);
                seen.Add($"reset at {device.Cycles - origin}");
            }
        }

        device.Run(device.Cycles + 20_000, 20_000);
        Collect(device, origin, seen);
        return seen;
    }

    private static void Collect(IDevice device, ulong origin, List<string> seen)
    {
        while (device.TryReceive(out var tlp, out var cycle))
        {
            seen.Add($"{cycle - origin}: {TlpText.Hex(tlp)}");
        }
    }
}
