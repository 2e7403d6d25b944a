using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Pcie;

namespace HilBench.TranslationAgent.Tests;

/// <summary>The host's end of the link: ats-rules A.3, A.4 and the completion rules of plain memory reads.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RootPortTests
{
    private const ulong Va = 0x4000_0000;
    private static readonly Pasid _pasid = new(0x12345);
    private readonly AgentBench _bench = new();

    [Test]
    public void A_translation_request_is_answered_from_the_page_tables_of_its_pasid()
    {
        var space = Bind(_pasid);
        AgentBench.MapTouched(space, 0x4000, Va);

        _bench.DeviceTranslates(Va + 0x1000, pasid: _pasid);

        var answer = _bench.Answer(out _);
        Assert.That(answer.Requester, Is.EqualTo(AgentBench.Function));
        Assert.That(answer.Completer, Is.EqualTo(AgentBench.Agent));
        Assert.That(answer.Tag, Is.EqualTo(3));
        Assert.That(answer.HasPasid, Is.False);
        Assert.That(answer.LowerAddress, Is.Zero);
        var entry = TranslationEntry.From(AtsRange.Page(AgentBench.PhysicalOf(space, Va + 0x1000)), TranslationFlags.R | TranslationFlags.W);
        Assert.That(_bench.Entries(), Is.EqualTo(new[] { entry }));
    }

    [Test]
    public void Several_entries_follow_one_another_and_holes_grant_nothing()
    {
        var space = Bind(_pasid);
        AgentBench.MapTouched(space, 0x4000, Va);
        space.Munmap(Notifiers.VirtualRange.OfSize(new Notifiers.VirtualAddress(Va + 0x1000), 0x1000)).RunToEnd();

        _bench.DeviceTranslates(Va, translations: 4, pasid: _pasid);

        var entries = _bench.Entries();
        Assert.That(entries.Select(entry => entry.GrantsAccess), Is.EqualTo(new[] { true, false, true, true }));
        Assert.That(entries[1].Bits, Is.Zero);
        Assert.That(
            entries.Where(entry => entry.GrantsAccess).Select(entry => entry.Range.Base),
            Is.EqualTo(new[] { Va, Va + 0x2000, Va + 0x3000 }.Select(va => AgentBench.PhysicalOf(space, va))));
    }

    [Test]
    public void The_second_entry_begins_behind_the_large_page_of_the_first()
    {
        var space = Bind(_pasid);
        AgentBench.MapTouched(space, 4 << 20, Va, PageSizeHint.TransparentHuge);

        _bench.DeviceTranslates(Va + 0x5000, translations: 2, pasid: _pasid);

        Assert.That(
            _bench.Entries().Select(entry => entry.Range),
            Is.EqualTo(new[] { new AtsRange(AgentBench.PhysicalOf(space, Va), 21), new AtsRange(AgentBench.PhysicalOf(space, Va + (2 << 20)), 21) }));
    }

    [Test]
    public void No_more_entries_than_fit_one_read_completion_boundary_are_answered()
    {
        AgentBench.MapTouched(Bind(_pasid), 0x20000, Va);
        _bench.DeviceTranslates(Va, translations: 16, pasid: _pasid);
        Assert.That(_bench.Entries(), Has.Count.EqualTo(8));
    }

    [Test]
    public void At_the_end_of_the_address_space_the_answer_is_shorter()
    {
        Bind(_pasid);
        _bench.DeviceTranslates(0xffff_ffff_ffff_e000, translations: 8, pasid: _pasid);
        Assert.That(_bench.Entries(), Has.Count.EqualTo(2));
    }

    [Test]
    public void No_Write_is_honoured()
    {
        AgentBench.MapTouched(Bind(_pasid), 0x1000, Va);
        _bench.DeviceTranslates(Va, pasid: _pasid, isNoWrite: true);
        Assert.That(_bench.Entries().Single().Flags, Is.EqualTo(TranslationFlags.R));
    }

    [Test]
    public void A_pasid_that_stands_for_nothing_gets_no_access()
    {
        AgentBench.MapTouched(Bind(_pasid), 0x1000, Va);
        _bench.DeviceTranslates(Va, pasid: new Pasid(0x2345));
        Assert.That(_bench.Entries().Single().Bits, Is.Zero);
        _bench.DeviceTranslates(Va);
        Assert.That(_bench.Entries().Single().Bits, Is.Zero, "a request without a PASID is no request with PASID 0x12345");
    }

    [Test]
    public void With_ats_off_a_translation_request_is_unsupported()
    {
        AgentBench.MapTouched(Bind(_pasid), 0x1000, Va);
        _bench.Root.IsAtsEnabled = false;

        _bench.DeviceTranslates(Va, pasid: _pasid);

        var answer = _bench.Answer(out var order);
        Assert.That(order, Is.EqualTo(DownstreamClass.TranslationCompletion));
        Assert.That(answer.Kind, Is.EqualTo(TlpKind.Completion));
        Assert.That(answer.Status, Is.EqualTo(CompletionStatus.UnsupportedRequest));
    }

    [TestCase(128, 0x000UL, 512, new[] { 512, 384, 256, 128 }, new[] { 0x00, 0x00, 0x00, 0x00 })]
    [TestCase(128, 0x040UL, 256, new[] { 256, 192, 64 }, new[] { 0x40, 0x00, 0x00 })]
    [TestCase(64, 0x03CUL, 132, new[] { 132, 128, 64 }, new[] { 0x3C, 0x40, 0x00 })]
    [TestCase(256, 0x004UL, 4, new[] { 4 }, new[] { 0x04 })]
    public void A_read_is_answered_in_parts_of_the_payload_size_with_the_bytes_still_to_come(
        int maxPayload, ulong offset, int length, int[] byteCounts, int[] lowerAddresses)
    {
        var page = PageWithContent();
        _bench.Root.MaxPayloadBytes = maxPayload;

        _bench.DeviceReads(page + offset, length / 4);

        var counts = new List<int>();
        var lowers = new List<int>();
        var data = new List<byte>();
        foreach (var (bytes, order) in _bench.Port.Sent)
        {
            Assert.That(order, Is.EqualTo(DownstreamClass.ReadCompletion));
            Assert.That(TlpView.TryRead(bytes, out var tlp, out _), Is.True);
            Assert.That(tlp.Tag, Is.EqualTo(8));
            counts.Add(tlp.ByteCount);
            lowers.Add(tlp.LowerAddress);
            data.AddRange(tlp.Payload);
        }

        Assert.That(counts, Is.EqualTo(byteCounts));
        Assert.That(lowers, Is.EqualTo(lowerAddresses));
        Assert.That(data, Is.EqualTo(Content().AsSpan((int)offset, length).ToArray()));
    }

    [Test]
    public void A_read_of_4_KiB_has_byte_count_field_0()
    {
        _bench.DeviceReads(PageWithContent(), 1024);
        Assert.That(TlpView.TryRead(_bench.Port.Sent[0].Tlp, out var first, out _), Is.True);
        Assert.That(first.ByteCount, Is.Zero);
        Assert.That(_bench.Port.Sent, Has.Count.EqualTo(32));
    }

    // The table of PCIe: Byte Count runs from the first enabled byte to the last, Lower Address points to the first.
    [TestCase(1, 0b0001, 0b0000, 1, 0x0)]
    [TestCase(1, 0b1100, 0b0000, 2, 0x2)]
    [TestCase(1, 0b1001, 0b0000, 4, 0x0)]
    [TestCase(1, 0b0110, 0b0000, 2, 0x1)]
    [TestCase(2, 0b1000, 0b0001, 2, 0x3)]
    [TestCase(3, 0b1110, 0b0011, 9, 0x1)]
    [TestCase(3, 0b1111, 0b1111, 12, 0x0)]
    public void Byte_enables_of_a_read_count_from_the_first_enabled_byte_to_the_last(
        int lengthDw, int first, int last, int byteCount, int lowerAddress)
    {
        _bench.DeviceReads(PageWithContent(), lengthDw, firstByteEnable: (byte)first, lastByteEnable: (byte)last);

        var answer = _bench.Answer(out _);
        Assert.That(answer.ByteCount, Is.EqualTo(byteCount));
        Assert.That(answer.LowerAddress, Is.EqualTo(lowerAddress));
        Assert.That(answer.LengthDw, Is.EqualTo(lengthDw));
    }

    [Test]
    public void Partial_first_bytes_shorten_only_the_first_of_several_completions()
    {
        _bench.Root.MaxPayloadBytes = 64;
        _bench.DeviceReads(PageWithContent(), 32, firstByteEnable: 0b1000, lastByteEnable: 0b0011);

        Assert.That(_bench.Port.Sent.Select(sent => ByteCountOf(sent.Tlp)), Is.EqualTo(new[] { 123, 62 }));
    }

    [Test]
    public void A_zero_length_read_is_answered_by_one_dw_and_byte_count_1()
    {
        _bench.DeviceReads(PageWithContent(), 1, firstByteEnable: 0);
        var answer = _bench.Answer(out _);
        Assert.That(answer.Kind, Is.EqualTo(TlpKind.CompletionWithData));
        Assert.That(answer.LengthDw, Is.EqualTo(1));
        Assert.That(answer.ByteCount, Is.EqualTo(1));
    }

    [Test]
    public void A_zero_length_write_changes_nothing()
    {
        var page = PageWithContent();
        _bench.DeviceWrites(page, [1, 2, 3, 4], firstByteEnable: 0);
        Assert.That(Stored(page, 4), Is.EqualTo(Content().AsSpan(0, 4).ToArray()));
        Assert.That(_bench.Root.Refused, Is.Zero);
    }

    [Test]
    public void Byte_enables_of_a_write_choose_bytes_of_the_first_and_last_dw()
    {
        var page = PageWithContent();
        byte[] data = [0xA0, 0xA1, 0xA2, 0xA3, 0xB0, 0xB1, 0xB2, 0xB3, 0xC0, 0xC1, 0xC2, 0xC3];
        _bench.DeviceWrites(page, data, firstByteEnable: 0b1100, lastByteEnable: 0b0101);

        var old = Content();
        Assert.That(
            Stored(page, 12),
            Is.EqualTo(new byte[] { old[0], old[1], 0xA2, 0xA3, 0xB0, 0xB1, 0xB2, 0xB3, 0xC0, old[9], 0xC2, old[11] }));
    }

    [TestCase(AddressType.Translated)]
    [TestCase(AddressType.Reserved)]
    public void A_read_outside_of_memory_is_unsupported(AddressType type)
    {
        _bench.DeviceReads(64UL << 20, 16, type);

        var answer = _bench.Answer(out var order);
        Assert.That(order, Is.EqualTo(DownstreamClass.ReadCompletion));
        Assert.That(answer.Status, Is.EqualTo(CompletionStatus.UnsupportedRequest));
        Assert.That(answer.HasData, Is.False);
        Assert.That(answer.ByteCount, Is.EqualTo(64));
    }

    [Test]
    public void A_transfer_over_the_end_of_memory_is_refused_whole()
    {
        var last = (64UL << 20) - 4;
        _bench.DeviceReads(last, 2);
        Assert.That(_bench.Answer(out _).Status, Is.EqualTo(CompletionStatus.UnsupportedRequest));
        _bench.DeviceWrites(last, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.That(_bench.Root.Refused, Is.EqualTo(1));
        Assert.That(Stored(last, 4), Is.EqualTo(new byte[4]));
    }

    [Test]
    public void A_write_at_the_last_address_of_all_is_counted_not_thrown()
    {
        _bench.DeviceWrites(0xffff_ffff_ffff_fffc, [1, 2, 3, 4]);
        Assert.That(_bench.Root.Refused, Is.EqualTo(1));
    }

    [Test]
    public void Untranslated_requests_go_through_the_page_tables_of_their_pasid()
    {
        var space = Bind(_pasid);
        var other = Bind(null);
        AgentBench.MapTouched(space, 0x1000, Va);
        AgentBench.MapTouched(other, 0x1000, Va);
        byte[] data = [1, 2, 3, 4];

        _bench.DeviceWrites(Va + 0x10, data, AddressType.Untranslated, _pasid);

        Assert.That(Stored(AgentBench.PhysicalOf(space, Va + 0x10), 4), Is.EqualTo(data));
        Assert.That(Stored(AgentBench.PhysicalOf(other, Va + 0x10), 4), Is.EqualTo(new byte[4]));
        _bench.DeviceReads(Va + 0x10, 1, AddressType.Untranslated);
        Assert.That(_bench.Answer(out _).Payload.ToArray(), Is.EqualTo(new byte[4]));
        _bench.DeviceReads(Va + 0x10, 1, AddressType.Untranslated, pasid: _pasid);
        Assert.That(_bench.Answer(out _).Payload.ToArray(), Is.EqualTo(data));
    }

    [Test]
    public void Untranslated_access_without_permission_is_refused()
    {
        var space = Bind(_pasid);
        var range = AgentBench.MapTouched(space, 0x1000, Va);
        space.Mprotect(range, Protection.Read).RunToEnd();

        _bench.DeviceReads(Va, 1, AddressType.Untranslated, pasid: _pasid);
        Assert.That(_bench.Answer(out _).Status, Is.EqualTo(CompletionStatus.SuccessfulCompletion));
        _bench.DeviceWrites(Va, [1, 2, 3, 4], AddressType.Untranslated, _pasid);
        Assert.That(_bench.Root.Refused, Is.EqualTo(1));
        _bench.DeviceReads(Va, 1, AddressType.Untranslated);
        Assert.That(_bench.Answer(out _).Status, Is.EqualTo(CompletionStatus.UnsupportedRequest), "no address space without PASID");
    }

    [Test]
    public void Untranslated_writes_to_the_notify_window_reach_whoever_waits_there()
    {
        var window = new Window();
        _bench.Root.NotifyWindow = window;
        _bench.DeviceWrites(RootPort.NotifyBase + 0x20, [1, 2, 3, 4], AddressType.Untranslated);
        _bench.DeviceWrites(RootPort.NotifyBase + 0x20, [5, 6, 7, 8]);
        _bench.DeviceWrites(RootPort.NotifyBase + 4096, [5, 6, 7, 8], AddressType.Untranslated);
        _bench.DeviceWrites(RootPort.NotifyBase, [5, 6, 7, 8], AddressType.Untranslated, _pasid);

        Assert.That(window.Writes, Is.EqualTo(new[] { (0x20, "01020304") }));
        Assert.That(_bench.Root.Refused, Is.EqualTo(3), "translated, outside, and with a PASID: no notification");
    }

    [Test]
    public void Configuration_requests_carry_register_and_byte_enables_and_take_their_answer()
    {
        var write = _bench.Root.BeginConfigurationWrite(0x48, 0x11223344, byteEnable: 3);
        Assert.That(_bench.Answer(out var order).Kind, Is.EqualTo(TlpKind.ConfigurationWrite0));
        Assert.That(order, Is.EqualTo(DownstreamClass.NonPosted));
        Assert.That(_bench.Answer(out _).FirstByteEnable, Is.EqualTo(3));
        Assert.That(_bench.Answer(out _).Payload.ToArray(), Is.EqualTo(new byte[] { 0x44, 0x33, 0x22, 0x11 }));
        var read = _bench.Root.BeginConfigurationRead(0x40);
        Assert.That(_bench.Answer(out _).Kind, Is.EqualTo(TlpKind.ConfigurationRead0));
        Assert.That(read, Is.Not.EqualTo(write));
        Assert.That(_bench.Root.StatusOf(read), Is.EqualTo(HostRequestStatus.Pending));

        DeviceAnswers(read, CompletionStatus.SuccessfulCompletion, 0xCAFE0010);
        DeviceAnswers(write, CompletionStatus.UnsupportedRequest, null);

        Assert.That(_bench.Root.StatusOf(read), Is.EqualTo(HostRequestStatus.Done));
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(_bench.Root.TakeAnswer(read)), Is.EqualTo(0xCAFE0010));
        Assert.That(_bench.Root.StatusOf(read), Is.EqualTo(HostRequestStatus.None));
        Assert.That(_bench.Root.StatusOf(write), Is.EqualTo(HostRequestStatus.Refused));
        Assert.That(_bench.Root.TakeAnswer(write).IsEmpty, Is.True);
    }

    [Test]
    public void An_answer_without_data_shows_nothing_of_an_earlier_one()
    {
        for (var i = 0; i < 32; i++)
        {
            var tag = _bench.Root.BeginConfigurationRead(0);
            DeviceAnswers(tag, CompletionStatus.SuccessfulCompletion, uint.MaxValue);
            _bench.Root.TakeAnswer(tag);
        }

        var next = _bench.Root.BeginConfigurationRead(0);
        DeviceAnswers(next, CompletionStatus.SuccessfulCompletion, null);
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(_bench.Root.TakeAnswer(next)), Is.Zero);
    }

    [Test]
    public void Host_requests_use_32_tags_and_the_33rd_says_that_the_device_is_silent()
    {
        var tags = Enumerable.Range(0, 32).Select(_ => _bench.Root.BeginRead(0xE000_0000, 1)).ToList();
        Assert.That(tags, Is.Unique);
        Assert.That(
            () => _bench.Root.BeginRead(0xE000_0000, 1),
            Throws.InstanceOf<BenchException>().With.Message.Contains("32 requests of the host are unanswered"));
        _bench.Root.Reset();
        Assert.That(() => _bench.Root.BeginRead(0xE000_0000, 1), Throws.Nothing);
    }

    [Test]
    public void Mmio_writes_are_posted()
    {
        _bench.Root.Write(0xE000_0100, [1, 2, 3, 4]);
        var tlp = _bench.Answer(out var order);
        Assert.That(order, Is.EqualTo(DownstreamClass.Posted));
        Assert.That(tlp.Kind, Is.EqualTo(TlpKind.MemoryWrite));
        Assert.That(tlp.Address, Is.EqualTo(0xE000_0100));
        Assert.That(tlp.AddressType, Is.EqualTo(AddressType.Untranslated));
    }

    [Test]
    public void What_is_no_tlp_and_what_nobody_asked_for_is_counted()
    {
        _bench.Root.Receive([1, 2, 3]);
        _bench.Root.Receive(new byte[] { 0x9F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 });
        DeviceAnswers(5, CompletionStatus.SuccessfulCompletion, 1);
        DeviceAnswers(200, CompletionStatus.SuccessfulCompletion, 1);
        Assert.That(_bench.Root.Refused, Is.EqualTo(4));
        Assert.That(_bench.Port.Sent, Is.Empty);
    }

    private static int ByteCountOf(byte[] bytes) => TlpView.TryRead(bytes, out var tlp, out _) ? tlp.ByteCount : -1;

    private static byte[] Content() => [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 7 + (i >> 8)))];

    private AddressSpace Bind(Pasid? pasid)
    {
        var space = _bench.Kernel.CreateAddressSpace();
        _bench.Pasids.Bind(pasid, space);
        return space;
    }

    private ulong PageWithContent()
    {
        var space = _bench.Kernel.CreateAddressSpace();
        AgentBench.MapTouched(space, 0x1000, Va);
        var page = AgentBench.PhysicalOf(space, Va);
        _bench.Memory.Write(new PhysicalAddress(page), Content());
        return page;
    }

    private byte[] Stored(ulong address, int bytes)
    {
        var data = new byte[bytes];
        _bench.Memory.Read(new PhysicalAddress(address), data);
        return data;
    }

    private void DeviceAnswers(int tag, CompletionStatus status, uint? value)
    {
        var tlp = new byte[64];
        var header = new CompletionHeader(AgentBench.Function, AgentBench.Agent, (byte)tag, status, 4);
        var data = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value ?? 0);
        var size = value is null ? TlpWriter.WriteCompletion(tlp, in header) : TlpWriter.WriteCompletionWithData(tlp, in header, data);
        _bench.Root.Receive(tlp.AsSpan(0, size));
    }

    private sealed class Window : INotifyWindow
    {
        public List<(int Offset, string Data)> Writes { get; } = [];

        public void Written(int offset, ReadOnlySpan<byte> data) => Writes.Add((offset, Convert.ToHexString(data)));
    }
}
