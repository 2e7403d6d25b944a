using FsCheck;

namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class TlpWriterTests
{
    private static readonly RequesterId _function = RequesterId.From(1, 0, 0);

    [Test]
    public void Header_form_changes_at_4_GiB()
    {
        var below = Bytes.Dws(d => TlpWriter.WriteMemoryRead(d, new(_function, 0, 0xfffffffc), 1));
        var above = Bytes.Dws(d => TlpWriter.WriteMemoryRead(d, new(_function, 0, 0x100000000), 1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(below, Is.EqualTo("00000001 0100000f fffffffc"));
            Assert.That(above, Is.EqualTo("20000001 0100000f 00000001 00000000"));
        }
    }

    [Test]
    public void Configuration_write_carries_its_value_little_endian()
    {
        var request = new ConfigurationRequest(new(0), 3, _function, 0x104) { ByteEnable = 0xC };

        var written = Bytes.Dws(d => TlpWriter.WriteConfigurationWrite(d, request, 0x80000000));
        var read = Bytes.Dws(d => TlpWriter.WriteConfigurationRead(d, request with { ByteEnable = null }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo("44000001 0000030c 01000104 00000080"));
            Assert.That(read, Is.EqualTo("04000001 0000030f 01000104"));
        }
    }

    [Test]
    public void Byte_Count_4096_and_Length_1024_are_written_as_0()
    {
        var header = new CompletionHeader(new(0), _function, 9, ByteCount: 4096, LowerAddress: 0x7c);
        var bytes = new byte[TlpFormat.MaxSizeBytes];

        var size = TlpWriter.WriteCompletionWithData(bytes, header, new byte[4096]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(size, Is.EqualTo(12 + 4096));
            Assert.That(TlpText.Hex(bytes.AsSpan(0, 12)), Is.EqualTo("4a000000 00000000 0100097c"));
            Assert.That(Bytes.View(bytes[..size]).LengthDw, Is.EqualTo(1024));
        }
    }

    [Test]
    public void Fields_that_do_not_fit_are_refused()
    {
        var room = new byte[TlpFormat.MaxSizeBytes];
        var completion = new CompletionHeader(new(0), _function, 0);
        Assert.Multiple(() =>
        {
            Refused(() => TlpWriter.WriteMemoryRead(room, new(_function, 0, 2), 1));
            Refused(() => TlpWriter.WriteMemoryRead(room, new(_function, 0, 0), 0));
            Refused(() => TlpWriter.WriteMemoryRead(room, new(_function, 0, 0), 1025));
            Refused(() => TlpWriter.WriteMemoryRead(room, new(_function, 0, 0) { FirstByteEnable = 16 }, 1));
            Refused(() => TlpWriter.WriteMemoryWrite(room, new(_function, 0, 0), new byte[3]));
            Refused(() => TlpWriter.WriteMemoryWrite(room, new(_function, 0, 0), []));
            Refused(() => TlpWriter.WriteMemoryWrite(room, new(_function, 0, 0), new byte[4100]));
            Refused(() => TlpWriter.WriteTranslationRequest(room, new(_function, 0, 0, 0)));
            Refused(() => TlpWriter.WriteTranslationRequest(room, new(_function, 0, 0, 513)));
            Refused(() => TlpWriter.WriteCompletion(room, completion with { ByteCount = 4097 }));
            Refused(() => TlpWriter.WriteCompletion(room, completion with { LowerAddress = 128 }));
            Refused(() => TlpWriter.WriteCompletion(room, completion with { Status = (CompletionStatus)8 }));
            Refused(() => TlpWriter.WriteConfigurationRead(room, new(new(0), 0, _function, 2)));
            Refused(() => TlpWriter.WriteConfigurationRead(room, new(new(0), 0, _function, 4096)));
            Refused(() => TlpWriter.WriteInvalidateCompletion(room, new(_function, new(0), 1, 0)));
            Refused(() => TlpWriter.WriteInvalidateCompletion(room, new(_function, new(0), 1, 9)));
            Refused(() => TlpWriter.WritePageRequest(room, new(_function, 0x1000, 512)));
            Refused(() => TlpWriter.WritePageRequest(room, new(_function, 0x1800, 0)));
            Refused(() => TlpWriter.WritePrgResponse(room, new(new(0), _function, 512, PrgResponseCode.Success)));
            Refused(() => TlpWriter.WritePrgResponse(room, new(new(0), _function, 0, (PrgResponseCode)16)));
            Refused(() => _ = new TlpOptions { TrafficClass = 8 });
            Refused(() => _ = new Pasid(0x100000));
            Refused(() => _ = new ITag(32));
            Refused(() => RequesterId.From(256, 0, 0));
            Refused(() => RequesterId.From(0, 32, 0));
            Refused(() => RequesterId.From(0, 0, 8));
        });
    }

    [Test]
    public void A_destination_one_byte_too_small_is_refused_for_every_TLP()
    {
        var options = TlpOptions.WithPasid(new Pasid(1));
        var payload = new byte[8];
        Assert.Multiple(() =>
        {
            NeedsItsRoom(d => TlpWriter.WriteMemoryRead(d, new(_function, 0, 0), 1, options));
            NeedsItsRoom(d => TlpWriter.WriteMemoryRead(d, new(_function, 0, 1UL << 40), 1));
            NeedsItsRoom(d => TlpWriter.WriteMemoryWrite(d, new(_function, 0, 0), payload, options));
            NeedsItsRoom(d => TlpWriter.WriteTranslationRequest(d, new(_function, 0, 0)));
            NeedsItsRoom(d => TlpWriter.WriteCompletion(d, new(new(0), _function, 0)));
            NeedsItsRoom(d => TlpWriter.WriteCompletionWithData(d, new(new(0), _function, 0), payload));
            NeedsItsRoom(d => TlpWriter.WriteConfigurationRead(d, new(new(0), 0, _function, 0)));
            NeedsItsRoom(d => TlpWriter.WriteConfigurationWrite(d, new(new(0), 0, _function, 0), 1));
            NeedsItsRoom(d => TlpWriter.WriteInvalidateRequest(d, new(new(0), _function, new(1), 0), options));
            NeedsItsRoom(d => TlpWriter.WriteInvalidateCompletion(d, new(_function, new(0), 1)));
            NeedsItsRoom(d => TlpWriter.WritePageRequest(d, new(_function, 0x1000, 1), options));
            NeedsItsRoom(d => TlpWriter.WritePrgResponse(d, new(new(0), _function, 1, PrgResponseCode.Success)));
        });
    }

    [Test]
    public void Writing_and_reading_allocate_nothing()
    {
        var buffer = new byte[256];
        var payload = new byte[64];
        var options = TlpOptions.WithPasid(new Pasid(5));
        RoundTrip(buffer, payload, options);

        var allocated = Allocation.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                RoundTrip(buffer, payload, options);
            }
        });

        Assert.That(allocated, Is.Zero);
    }

    [FsCheck.NUnit.Property(MaxTest = 3000)]
    public bool A_memory_write_is_read_back_as_written(
        ushort requester, byte tag, ulong address, NonEmptyArray<uint> data, byte fields)
    {
        var request = new MemoryRequest(new RequesterId(requester), tag, address & ~3UL, (AddressType)(fields & 3))
        {
            FirstByteEnable = (byte)(requester & 0xF),
            LastByteEnable = (byte)(tag & 0xF),
        };
        var payload = new byte[4 * Math.Min(data.Get.Length, 1024)];
        Buffer.BlockCopy(data.Get, 0, payload, 0, payload.Length);
        var options = OptionsFrom(fields, (uint)address);
        var bytes = new byte[TlpFormat.MaxSizeBytes];

        var size = TlpWriter.WriteMemoryWrite(bytes, request, payload, options);

        var tlp = Bytes.View(bytes[..size]);
        return tlp.Kind == TlpKind.MemoryWrite
            && tlp.Requester == request.Requester
            && tlp.Tag == tag
            && tlp.Address == request.Address
            && tlp.Is64Bit == (request.Address >> 32 != 0)
            && tlp.AddressType == request.AddressType
            && tlp.FirstByteEnable == request.FirstByteEnable
            && tlp.LastByteEnable == request.LastByteEnable
            && tlp.LengthDw == payload.Length / 4
            && tlp.Payload.SequenceEqual(payload)
            && HasOptions(tlp, options);
    }

    [FsCheck.NUnit.Property(MaxTest = 3000)]
    public bool A_Translation_Request_is_read_back_as_written(
        ushort requester, byte tag, ulong address, ushort translations, bool noWrite, byte fields)
    {
        var request = new TranslationRequest(
            new RequesterId(requester), tag, address & ~3UL, 1 + translations % 512, noWrite);
        var options = OptionsFrom(fields, translations);
        var bytes = new byte[32];

        var size = TlpWriter.WriteTranslationRequest(bytes, request, options);

        var tlp = Bytes.View(bytes[..size]);
        return tlp.IsTranslationRequest
            && new TranslationRequest(tlp.Requester, tlp.Tag, tlp.Address, tlp.LengthDw / 2, tlp.NoWrite) == request
            && HasOptions(tlp, options);
    }

    [FsCheck.NUnit.Property(MaxTest = 3000)]
    public bool Messages_are_read_back_as_written(ushort from, ushort to, uint vector, ulong payload, byte fields)
    {
        var options = OptionsFrom(fields, vector);
        var (source, target) = (new RequesterId(from), new RequesterId(to));
        var invalidate = new InvalidateRequest(source, target, new ITag((byte)(vector & 31)), payload);
        var completion = new InvalidateCompletion(source, target, vector, 1 + fields % 8);
        var page = new PageRequest(
            source, payload & ~0xFFFUL, to & 0x1FF, (vector & 1) != 0, (vector & 2) != 0, (vector & 4) != 0);
        var response = new PrgResponse(source, target, to & 0x1FF, (PrgResponseCode)(vector & 0xF));
        var bytes = new byte[64];

        var i = Bytes.View(bytes[..TlpWriter.WriteInvalidateRequest(bytes, invalidate, options)]);
        var sameInvalidate = i.Kind == TlpKind.InvalidateRequest && HasOptions(i, options)
            && new InvalidateRequest(i.Requester, i.Destination, i.ITag, i.InvalidatePayload) == invalidate;
        var c = Bytes.View(bytes[..TlpWriter.WriteInvalidateCompletion(bytes, completion, options)]);
        var sameCompletion = c.Kind == TlpKind.InvalidateCompletion && HasOptions(c, options)
            && new InvalidateCompletion(c.Requester, c.Destination, c.ITagVector, c.CompletionCount) == completion;
        var p = Bytes.View(bytes[..TlpWriter.WritePageRequest(bytes, page, options)]);
        var samePage = p.Kind == TlpKind.PageRequest && HasOptions(p, options)
            && new PageRequest(
                p.Requester, p.PageAddress, p.PrgIndex, p.IsLastOfGroup, p.WantsWrite, p.WantsRead) == page;
        var r = Bytes.View(bytes[..TlpWriter.WritePrgResponse(bytes, response, options)]);
        var sameResponse = r.Kind == TlpKind.PrgResponse && HasOptions(r, options)
            && new PrgResponse(r.Requester, r.Destination, r.PrgIndex, r.PrgResponseCode) == response;
        return sameInvalidate && sameCompletion && samePage && sameResponse;
    }

    [FsCheck.NUnit.Property(MaxTest = 3000)]
    public bool Completions_and_configuration_requests_are_read_back_as_written(
        ushort from, ushort to, byte tag, ushort number, uint value)
    {
        var header = new CompletionHeader(
            new(from), new(to), tag, (CompletionStatus)(value & 7), number & 0xFFF, (int)(value >> 8) & 0x7F);
        var enable = (byte)(tag & 15);
        var request = new ConfigurationRequest(new(from), tag, new(to), number & 0xFFC) { ByteEnable = enable };
        var bytes = new byte[32];

        var c = Bytes.View(bytes[..TlpWriter.WriteCompletion(bytes, header)]);
        var sameCompletion =
            new CompletionHeader(c.Completer, c.Requester, c.Tag, c.Status, c.ByteCount, c.LowerAddress) == header;
        var w = Bytes.View(bytes[..TlpWriter.WriteConfigurationWrite(bytes, request, value)]);
        var sameWrite = w.Kind == TlpKind.ConfigurationWrite0
            && BitConverter.ToUInt32(w.Payload) == value
            && new ConfigurationRequest(w.Requester, w.Tag, w.Destination, w.RegisterNumber)
            { ByteEnable = (byte)w.FirstByteEnable } == request;
        return sameCompletion && sameWrite;
    }

    private static void RoundTrip(byte[] buffer, byte[] payload, in TlpOptions options)
    {
        var size = TlpWriter.WriteMemoryWrite(buffer, new(_function, 1, 1UL << 40), payload, options);
        Invariant(TlpView.TryRead(buffer.AsSpan(0, size), out var write, out _) && write.Payload.Length == 64);
        size = TlpWriter.WriteTranslationRequest(buffer, new(_function, 1, 0x1000), options);
        Invariant(TlpView.TryRead(buffer.AsSpan(0, size), out var request, out _) && request.IsTranslationRequest);
        size = TlpWriter.WriteInvalidateRequest(buffer, new(new(0), _function, new(3), 0x1800), options);
        Invariant(TlpView.TryRead(buffer.AsSpan(0, size), out var inv, out _) && inv.InvalidateRange.SizeShift == 14);
        size = TlpWriter.WriteInvalidateCompletion(buffer, new(_function, new(0), 8));
        Invariant(TlpView.TryRead(buffer.AsSpan(0, size), out var done, out _) && done.CompletionCount == 1);
        Invariant(!TlpView.TryRead(buffer.AsSpan(0, size - 4), out _, out var fault) && fault.Offset == 12);
        var entries = new TranslationEntryReader(payload);
        while (entries.TryNext(out var entry))
        {
            Invariant(entry.Range.SizeShift == 12);
        }
    }

    private static void Invariant(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("a round trip went wrong");
        }
    }

    private static TlpOptions OptionsFrom(byte fields, uint pasid) => new()
    {
        TrafficClass = fields >> 5,
        Attributes = (TlpAttributes)(fields & 7),
        IsPoisoned = (fields & 8) != 0,
        Prefix = (fields & 16) == 0
            ? null
            : new PasidPrefix(new Pasid(pasid & Pasid.MaxValue), (pasid >> 31) != 0, (pasid >> 30 & 1) != 0),
    };

    private static bool HasOptions(TlpView tlp, TlpOptions options) =>
        tlp.TrafficClass == options.TrafficClass
        && tlp.Attributes == options.Attributes
        && tlp.IsPoisoned == options.IsPoisoned
        && tlp.PrefixOrNull == options.Prefix;

    private static void Refused(Action write) => Assert.That(write, Throws.InstanceOf<ArgumentException>());

    private static void NeedsItsRoom(Bytes.Write write)
    {
        var size = write(new byte[TlpFormat.MaxSizeBytes]);
        Assert.That(write(new byte[size]), Is.EqualTo(size));
        Refused(() => write(new byte[size - 1]));
    }
}
