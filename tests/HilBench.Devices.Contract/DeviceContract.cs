using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>What every device behind <see cref="IDevice"/> does, whatever its registers.</summary>
public abstract class DeviceContract
{
    /// <summary>Opens a fresh device, or ignores the test with a reason.</summary>
    protected abstract IDevice OpenDevice();

    [Test]
    public void A_device_says_its_name_and_version()
    {
        using var device = OpenDevice();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(device.Description.Name, Is.Not.Empty);
            Assert.That(device.Description.Version, Is.Not.Empty);
        }
    }

    [Test]
    public void The_clock_runs_to_the_cycle_asked_for_when_nothing_comes_out()
    {
        using var device = OpenDevice();
        var start = device.Cycles;

        device.Run(start + 1000, 0);
        device.Run(start + 500, 0);

        Assert.That(device.Cycles, Is.EqualTo(start + 1000));
    }

    [Test]
    public void A_configuration_read_is_answered_with_its_tag_after_it_was_sent()
    {
        using var device = OpenDevice();
        var sentAt = device.Cycles + 100;
        SendConfigurationRead(device, tag: 5, sentAt);

        device.Run(sentAt + 2000, 0);
        var isThere = device.TryReceive(out var bytes, out var cycle);
        var isTlp = TlpView.TryRead(bytes, out var tlp, out _);
        var (kind, tag) = (tlp.Kind, tlp.Tag);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isThere && isTlp, Is.True);
            Assert.That((kind, tag), Is.EqualTo((TlpKind.CompletionWithData, (byte)5)));
            Assert.That(cycle, Is.GreaterThan(sentAt));
            Assert.That(device.TryReceive(out _, out _), Is.False);
        }
    }

    [Test]
    public void Run_returns_with_the_first_TLP_unless_it_is_told_to_linger()
    {
        using var prompt = OpenDevice();
        using var patient = OpenDevice();
        SendConfigurationRead(prompt, tag: 1, 0);
        SendConfigurationRead(patient, tag: 1, 0);

        prompt.Run(2000, 0);
        patient.Run(2000, 50);
        prompt.TryReceive(out _, out var promptCycle);
        patient.TryReceive(out _, out var patientCycle);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(prompt.Cycles, Is.LessThan(2000));
            Assert.That(prompt.Cycles, Is.EqualTo(promptCycle));
            Assert.That(patientCycle, Is.EqualTo(promptCycle));
            Assert.That(patient.Cycles, Is.EqualTo(patientCycle + 50));
        }
    }

    [Test]
    public void Many_TLPs_sent_at_once_are_all_answered_in_order()
    {
        using var device = OpenDevice();
        const int count = 200;
        for (var i = 0; i < count; i++)
        {
            SendConfigurationRead(device, tag: (byte)i, 0);
        }

        var tags = new List<byte>();
        while (device.Cycles < 20_000 && tags.Count < count)
        {
            device.Run(20_000, 100);
            while (device.TryReceive(out var bytes, out _))
            {
                TlpView.TryRead(bytes, out var tlp, out _);
                tags.Add(tlp.Tag);
            }
        }

        Assert.That(tags, Is.EqualTo(Enumerable.Range(0, count).Select(i => (byte)i)));
    }

    [Test]
    public void The_way_a_run_is_cut_changes_nothing()
    {
        using var whole = OpenDevice();
        using var cut = OpenDevice();
        for (var i = 0; i < 20; i++)
        {
            SendConfigurationRead(whole, (byte)i, (ulong)(7 * i));
            SendConfigurationRead(cut, (byte)i, (ulong)(7 * i));
        }

        whole.Run(3000, 3000);
        while (cut.Cycles < 3000)
        {
            cut.Run(cut.Cycles + 1, 0);
        }

        Assert.That(Everything(cut), Is.EqualTo(Everything(whole)));
    }

    [Test]
    public void Reset_loses_what_was_on_its_way_and_the_clock_goes_on()
    {
        using var device = OpenDevice();
        device.Run(100, 0);
        SendConfigurationRead(device, tag: 1, 0);
        SendConfigurationRead(device, tag: 2, 500);

        device.Reset(ResetKind.Fundamental);
        var cyclesAfter = device.Cycles;
        device.Run(2000, 0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(cyclesAfter, Is.GreaterThanOrEqualTo(100UL));
            Assert.That(device.TryReceive(out _, out _), Is.False);
        }
    }

    [Test]
    public void Sending_running_and_receiving_allocate_nothing()
    {
        using var device = OpenDevice();
        var request = new byte[12];
        Exchange(device, request, rounds: 300);

        var allocated = Allocation.Of(() => Exchange(device, request, rounds: 300));

        Assert.That(allocated, Is.Zero);
    }

    private static void Exchange(IDevice device, byte[] request, int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            TlpWriter.WriteConfigurationRead(request, new(new(0), (byte)i, new(0x0100), 0));
            device.Send(request, 0);
            device.Run(device.Cycles + 1000, 0);
            if (!device.TryReceive(out _, out _))
            {
                throw new InvalidOperationException("no answer");
            }
        }
    }

    private static void SendConfigurationRead(IDevice device, byte tag, ulong notBefore)
    {
        Span<byte> tlp = stackalloc byte[12];
        TlpWriter.WriteConfigurationRead(tlp, new(new(0), tag, new(0x0100), 0));
        device.Send(tlp, notBefore);
    }

    private static List<string> Everything(IDevice device)
    {
        var all = new List<string>();
        while (device.TryReceive(out var tlp, out var cycle))
        {
            all.Add($"{cycle}: {TlpText.Hex(tlp)}");
        }

        return all;
    }
}
