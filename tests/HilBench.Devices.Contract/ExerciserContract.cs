using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>docs/exerciser.md, sentence by sentence, for every device that implements it.</summary>
public abstract class ExerciserContract : DeviceContract
{
    protected const ulong Va = 0x7f00_0020_0000;
    protected const ulong Pa = 0x1_2340_0000;

    protected ExerciserHost Host()
    {
        var host = new ExerciserHost(OpenDevice());
        _open.Add(host.Device);
        return host;
    }

    /// <summary>A host that has not written anything yet; the test is ignored when the device has one function.</summary>
    protected ExerciserHost HostOfTwoFunctions()
    {
        var host = Host();
        if ((host.ReadConfiguration(ConfigurationRegister.HeaderType) & ConfigurationRegister.MultiFunction) == 0)
        {
            Assert.Ignore("the device has version 1 of the exerciser: one function");
        }

        return host;
    }

    private readonly List<IDevice> _open = [];

    [TearDown]
    public void CloseDevices()
    {
        foreach (var device in _open)
        {
            device.Dispose();
        }

        _open.Clear();
    }

    [Test]
    public void A_host_finds_the_function_and_its_capabilities()
    {
        var host = HostOfTwoFunctions();
        var space = new Space(host);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.ReadConfiguration(0x00), Is.EqualTo(0x4154_1234));
            Assert.That(host.ReadConfiguration(0x08), Is.EqualTo(0x1200_0001));
            Assert.That(CapabilityWalk.Find(space, PciExpressCapability.Id).Offset, Is.EqualTo(0x40));
            Assert.That(CapabilityWalk.FindExtended(space, AtsCapability.Id).Offset, Is.EqualTo(0x100));
            Assert.That(CapabilityWalk.FindExtended(space, PasidCapability.Id).Offset, Is.EqualTo(0x110));
            Assert.That(CapabilityWalk.FindExtended(space, PageRequestCapability.Id).Offset, Is.EqualTo(0x120));
            Assert.That(AtsCapability.InvalidateQueueDepth(host.ReadConfiguration(0x104)), Is.EqualTo(16));
            Assert.That(host.ReadConfiguration(0x104), Is.EqualTo(0x70));
            Assert.That(PasidCapability.MaxWidth(host.ReadConfiguration(0x114)), Is.EqualTo(20));
            Assert.That(host.ReadConfiguration(0x44), Is.EqualTo(0x1000_0021));
            Assert.That(host.ReadConfiguration(0x48), Is.EqualTo(0x2000));
            Assert.That(host.ReadConfiguration(0x64), Is.EqualTo(1u << 21));
        }
    }

    [TestCase(0x00, 0x4154_1234u)]
    [TestCase(0x04, 0x0010_0006u)]
    [TestCase(0x08, 0x1200_0001u)]
    [TestCase(0x0C, 0x0080_0000u)]
    [TestCase(0x10, 0xFFFF_F000u)]
    [TestCase(0x14, 0u)]
    [TestCase(0x34, 0x40u)]
    [TestCase(0x68, 0x40u)]
    [TestCase(0x84, 0xBu)]
    [TestCase(0x104, 0x801F_0070u)]
    [TestCase(0x114, 0x0007_1406u)]
    [TestCase(0x124, 0x8000_0001u)]
    [TestCase(0x128, 32u)]
    [TestCase(0x12C, 0xFFFF_FFFFu)]
    [TestCase(0xFFC, 0u)]
    public void Only_the_writable_bits_of_a_register_take_ones(int offset, uint value)
    {
        var host = HostOfTwoFunctions();

        host.WriteConfiguration(offset, 0xFFFF_FFFF);

        Assert.That(host.ReadConfiguration(offset), Is.EqualTo(value));
    }

    [Test]
    public void A_configuration_write_touches_only_the_enabled_bytes()
    {
        var host = HostOfTwoFunctions();
        host.WriteConfiguration(0x104, 0x8000_0000, byteEnable: 0x4);
        var withoutTopByte = host.ReadConfiguration(0x104);
        host.WriteConfiguration(0x104, 0x8000_0000, byteEnable: 0x8);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(withoutTopByte, Is.EqualTo(0x70));
            Assert.That(host.ReadConfiguration(0x104), Is.EqualTo(0x8000_0070));
        }
    }

    [Test]
    public void Bus_and_device_are_captured_from_configuration_writes()
    {
        var host = Host();
        var other = RequesterId.From(0x42, 3, 0);
        host.Send(d => TlpWriter.WriteConfigurationRead(d, new(ExerciserHost.Agent, 1, other, 0)));
        var before = host.Await(t => t.View.Tag == 1, 0, "the answer").View.Completer;
        host.Send(d => TlpWriter.WriteConfigurationWrite(d, new(ExerciserHost.Agent, 2, other, 0), 0));
        var after = host.Await(t => t.View.Tag == 2, 0, "the answer").View.Completer;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.EqualTo(new RequesterId(0)));
            Assert.That(after, Is.EqualTo(other));
        }
    }

    [Test]
    public void BAR0_shows_the_exerciser()
    {
        var host = Host().EnableAll();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.AskBar(0, 4).View.Payload.ToArray()[..4], Is.EqualTo("LIHB"u8.ToArray()));
            Assert.That(host.ReadBar(0x004), Is.EqualTo(2));
            Assert.That(host.ReadBar(0x008), Is.EqualTo(0x2240_0C08));
            Assert.That(host.ReadBar(0x014), Is.Zero);
            Assert.That(host.ReadBar(0x0FC), Is.Zero);
            Assert.That(host.ReadBar(0xFFC), Is.Zero);
        }
    }

    [Test]
    public void Registers_of_BAR0_keep_what_is_written_to_them()
    {
        var host = Host().Enable();
        host.WriteBar(0x00C, 0xFFFF_FF05, 0x1234_56FF);
        host.WriteBar(0x140, 0xFFFF_FFFF, 0xFFFF_FFFF, 0x8000_0007, 0x800, 0xABCD);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.ReadBar(0x00C), Is.EqualTo(5));
            Assert.That(host.ReadBar(0x010), Is.EqualTo(0x1234_5600));
            Assert.That(host.ReadBar(0x140), Is.EqualTo(0xFFFF_FFFC));
            Assert.That(host.ReadBar(0x144), Is.EqualTo(0xFFFF_FFFF));
            Assert.That(host.ReadBar(0x148), Is.EqualTo(0x8000_0007));
            Assert.That(host.ReadBar(0x14C), Is.EqualTo(0x800));
            Assert.That(host.ReadBar(0x150), Is.EqualTo(0xABCD));
            Assert.That(host.ReadBar(0x154), Is.Zero);
        }
    }

    [Test]
    public void A_read_that_BAR0_cannot_serve_is_answered_UR()
    {
        var host = Host().Enable();
        var tooLong = host.AskBar(0, 5).View.Status;
        var overTheEnd = host.AskBar(0xFFC, 2).View.Status;
        var elsewhere = host.AskBar(0x1000).View.Status;
        host.WriteConfiguration(ConfigurationRegister.CommandStatus, ConfigurationRegister.BusMasterEnable);
        var disabled = host.AskBar(0).View.Status;

        Assert.That(
            new[] { tooLong, overTheEnd, elsewhere, disabled }, Is.All.EqualTo(CompletionStatus.UnsupportedRequest));
    }

    [Test]
    public void A_write_that_BAR0_cannot_serve_is_dropped()
    {
        var host = Host().Enable();
        host.WriteBar(0x140, new uint[9].Select(_ => 0xFFFF_FFFFu).ToArray());
        var partial = new MemoryRequest(ExerciserHost.Agent, 0, ExerciserHost.Bar + 0x140) { FirstByteEnable = 3 };
        host.Send(d => TlpWriter.WriteMemoryWrite(d, partial, new byte[] { 1, 1, 1, 1 }));

        Assert.That(host.ReadBar(0x140), Is.Zero);
    }

    [Test]
    public void A_translated_write_asks_for_its_page_and_carries_SEED_plus_k()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);

        var result = host.Do(2, Operation.Write(Va + 0x10, 64) with { Seed = 0x100, Label = 0x5A });

        var request = host.TranslationRequests.Single().View;
        var write = host.Translated.Single().View;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((request.Address, request.LengthDw, request.Tag), Is.EqualTo((Va, 2, (byte)2)));
            Assert.That(request.NoWrite, Is.False);
            Assert.That((request.FirstByteEnable, request.LastByteEnable), Is.EqualTo((0xF, 0xF)));
            Assert.That(request.Requester, Is.EqualTo(ExerciserHost.Function));
            Assert.That((write.Kind, write.Address, write.LengthDw), Is.EqualTo((TlpKind.MemoryWrite, Pa + 0x10, 16)));
            Assert.That(write.HasPasid, Is.False);
            Assert.That(host.ReadMemory(Pa + 0x10), Is.EqualTo(0x100));
            Assert.That(host.ReadMemory(Pa + 0x4C), Is.EqualTo(0x10F));
            Assert.That(result.Status, Is.EqualTo(0x0010_5A02));
        }
    }

    [Test]
    public void A_translated_read_gives_the_first_two_DWs_and_the_sum_of_all()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.WriteMemory(Pa, 0x11, 0x22, 0x33, 0xFFFF_FFFF);

        var result = host.Do(0, Operation.Read(Va, 16));

        var read = host.Translated.Single().View;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((read.Kind, read.Address, read.LengthDw), Is.EqualTo((TlpKind.MemoryRead, Pa, 4)));
            Assert.That(read.Tag, Is.InRange(8, 10));
            Assert.That((result.DataLow, result.DataHigh, result.Digest), Is.EqualTo((0x11u, 0x22u, 0x65u)));
            Assert.That((result.Dws, result.Error, result.IsDone), Is.EqualTo((4, 0, true)));
        }
    }

    [Test]
    public void Data_that_comes_in_pieces_is_put_together()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.WriteMemory(Pa + 0x40, Enumerable.Range(1, 512).Select(i => (uint)i).ToArray());
        host.CompletionBytes = 64;

        var result = host.Do(0, Operation.Read(Va + 0x40, 2048));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.DataLow, result.DataHigh), Is.EqualTo((1u, 2u)));
            Assert.That(result.Digest, Is.EqualTo(512 * 513 / 2));
            Assert.That(result.Dws, Is.EqualTo(512));
        }
    }

    [Test]
    public void A_read_of_one_DW_leaves_DATA_HI_0()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.WriteMemory(Pa, 7, 8);
        host.Do(0, Operation.Read(Va, 8));

        var result = host.Do(0, Operation.Read(Va, 4));

        Assert.That((result.DataLow, result.DataHigh, result.Digest), Is.EqualTo((7u, 0u, 7u)));
    }

    [Test]
    public void Untranslated_operations_use_the_address_as_it_is_and_carry_the_PASID()
    {
        var host = Host().Enable();
        var operation = Operation.Write(0x5000, 8) with { IsUntranslated = true, Pasid = new Pasid(0x12345) };

        var result = host.Do(0, operation);

        var write = host.Log.Single(t => t.Kind == TlpKind.MemoryWrite).View;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((write.AddressType, write.Address), Is.EqualTo((AddressType.Untranslated, 0x5000UL)));
            Assert.That(write.PrefixOrNull?.Pasid, Is.EqualTo(new Pasid(0x12345)));
            Assert.That(host.TranslationRequests, Is.Empty);
            Assert.That(result.Error, Is.Zero);
        }
    }

    [Test]
    public void A_transfer_across_a_page_edge_asks_for_both_pages_and_uses_each_for_its_part()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.Map(Va + 0x1000, 0x9_9999_9000);

        host.Do(0, Operation.Write(Va + 0xFF0, 32));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.TranslationRequests.Select(t => t.Address), Is.EqualTo([Va, Va + 0x1000]));
            Assert.That(
                host.Translated.Select(t => (t.Address, t.View.LengthDw)),
                Is.EqualTo([(Pa + 0xFF0, 4), (0x9_9999_9000UL, 4)]));
        }
    }

    [TestCase(0u, 0u, 128, 128)]
    [TestCase(1u, 1u, 256, 256)]
    [TestCase(5u, 2u, 256, 512)]
    [TestCase(0u, 5u, 128, 512)]
    public void Transfers_are_cut_at_multiples_of_the_payload_and_read_sizes(
        uint payloadCode, uint readCode, int writeBytes, int readBytes)
    {
        var host = Host().Enable();
        host.WriteConfiguration(0x48, (payloadCode << 5) | (readCode << 12));
        host.Map(Va, Pa);

        host.Do(0, Operation.Write(Va + 4, 1024));
        var writes = host.Translated.ToArray();
        host.Do(0, Operation.Read(Va + 4, 1024));
        var reads = host.Translated.Skip(writes.Length).ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(writes.Select(t => t.View.LengthDw * 4).First(), Is.EqualTo(writeBytes - 4));
            Assert.That(writes.Skip(1).Select(t => t.Address % (ulong)writeBytes), Is.All.Zero);
            Assert.That(writes.Sum(t => t.View.LengthDw), Is.EqualTo(256));
            Assert.That(writes.Max(t => t.View.LengthDw * 4), Is.EqualTo(writeBytes));
            Assert.That(reads.Select(t => t.View.LengthDw * 4).First(), Is.EqualTo(readBytes - 4));
            Assert.That(reads.Skip(1).Select(t => t.Address % (ulong)readBytes), Is.All.Zero);
            Assert.That(reads.Sum(t => t.View.LengthDw), Is.EqualTo(256));
        }
    }

    [Test]
    public void Three_reads_are_out_for_one_slot_and_each_has_a_tag_of_that_slot()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.HoldsReads = true;

        host.Start(3, Operation.Read(Va, 4096));
        host.Run(500);
        var tags = host.Held.Select(t => (int)t.View.Tag).Order().ToArray();
        host.HoldsReads = false;
        host.Release();
        var result = host.Finish(3);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tags, Is.EqualTo([17, 18, 19]));
            Assert.That(result.Dws, Is.EqualTo(1024));
        }
    }

    [Test]
    public void A_completion_record_follows_the_writes_of_its_operation()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.WriteMemory(Pa + 0x800, 5, 6);
        host.WriteBar(0x010, ExerciserHost.NotifyAddress);

        host.Do(1, Operation.Write(Va, 256) with { Label = 9 });
        host.Do(4, Operation.Read(Va + 0x800, 8) with { Label = 7 });

        var records = host.Records.ToArray();
        var lastWrite = host.Log.FindLastIndex(t => t.IsTranslated && t.Kind == TlpKind.MemoryWrite);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                records.Select(t => t.Address),
                Is.EqualTo([ExerciserHost.NotifyAddress + 0x10UL, ExerciserHost.NotifyAddress + 0x40UL]));
            Assert.That(records[0].View.AddressType, Is.EqualTo(AddressType.Untranslated));
            Assert.That(records[0].View.HasPasid, Is.False);
            Assert.That(host.Log.IndexOf(records[0]), Is.GreaterThan(lastWrite));
            Assert.That(host.ReadMemory(ExerciserHost.NotifyAddress + 0x10), Is.EqualTo(0x0040_0902));
            Assert.That(host.ReadMemory(ExerciserHost.NotifyAddress + 0x40), Is.EqualTo(0x0002_0702));
            Assert.That(host.ReadMemory(ExerciserHost.NotifyAddress + 0x44), Is.EqualTo(5));
            Assert.That(host.ReadMemory(ExerciserHost.NotifyAddress + 0x48), Is.EqualTo(6));
            Assert.That(host.ReadMemory(ExerciserHost.NotifyAddress + 0x4C), Is.EqualTo(11));
        }
    }

    [Test]
    public void COMMAND_of_a_busy_slot_is_ignored_and_BUSY_shows_it()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.HoldsTranslations = true;
        host.Start(5, Operation.Read(Va, 4) with { Label = 1 });
        host.Run(100);

        host.Start(5, Operation.Read(Va, 8) with { Label = 2 });
        host.Run(100);
        var busy = host.ReadBar(0x014);
        host.HoldsTranslations = false;
        host.Release();
        var result = host.Finish(5);

        Assert.That((busy, result.Label, result.Dws), Is.EqualTo((0x20u, (byte)1, 1)));
    }

    [Test]
    public void A_transfer_of_many_TLPs_drains_through_a_slow_transmit_queue()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.WriteBar(0x00C, 20);

        var result = host.Do(0, Operation.Write(Va, 4096));
        host.Run(2000);

        var writes = host.Translated.ToArray();
        var gaps = writes.Zip(writes.Skip(1), (a, b) => b.Cycle - a.Cycle);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Dws, Is.EqualTo(1024));
            Assert.That(writes, Has.Length.EqualTo(32));
            Assert.That(gaps.Min(), Is.GreaterThanOrEqualTo(20UL));
            Assert.That(host.ReadMemory(Pa + 0xFFC), Is.EqualTo(0x1000 + 1023));
        }
    }

    [Test]
    public void All_slots_run_at_once()
    {
        var host = Host().Enable();
        for (var i = 0; i < 8; i++)
        {
            host.Map(Va + 0x1000 * (ulong)i, Pa + 0x1000 * (ulong)i);
        }

        for (var i = 0; i < 8; i++)
        {
            host.Start(i, Operation.Write(Va + 0x1000 * (ulong)i, 512) with { Seed = (uint)(i << 16) });
        }

        var results = Enumerable.Range(0, 8).Select(host.Finish).ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(results.Select(r => r.Error), Is.All.Zero);
            Assert.That(
                Enumerable.Range(0, 8).Select(i => host.ReadMemory(Pa + 0x1000 * (ulong)i + 0x1FC)),
                Is.EqualTo(Enumerable.Range(0, 8).Select(i => (uint)(i << 16) + 127)));
        }
    }

    private sealed class Space(ExerciserHost host) : IConfigurationReader
    {
        public uint Read(int offset) => host.ReadConfiguration(offset);
    }
}
