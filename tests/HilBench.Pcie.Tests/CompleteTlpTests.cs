namespace HilBench.Pcie.Tests;

/// <summary>
/// The rows X01 to X16 of ats-rules A.10, written and read. Function 01:00.0, TA 00:00.0 unless said.
/// </summary>
[TestFixture]
public sealed class CompleteTlpTests
{
    private const string X01 = "20000402 010007ff 00007f00 00200000";
    private const string X02 = "91000005 00000404 010008ff 12345001";
    private const string X03 = "4a000002 00000008 01000700 00000001 234ff803";
    private const string X04 = "4a000004 00000010 01000800 00000000 80000003 00000000 80003001";
    private const string X05 = "0a000000 00002000 01000700";
    private const string X06 = "0a000000 00008000 01000700";
    private const string X07 = "60000801 0100090f 00000001 23400010 deadbeef";
    private const string X08 = "91012345 72000002 00000501 01000000 00000000 00007f00 002ff801";
    private const string X09 = "32000000 01000002 00000001 00000020";
    private const string X10 = "72000002 00081f01 03000000 00000000 7fffffff fffff800";
    private const string X11 = "32000000 03000002 00080001 80000000";
    private const string X12 = "32000000 01000002 00000000 00020008";
    private const string X13 = "91012345 30000000 01000004 00007f00 00201d2f";
    private const string X14 = "91012345 30000000 01000004 00000000 00000004";
    private const string X15 = "32000000 00000005 010001a5 00000000";
    private const string X16 = "32000000 00000005 0100f000 00000000";

    private static readonly RequesterId _function = RequesterId.From(1, 0, 0);
    private static readonly RequesterId _agent = new(0);
    private static readonly TlpOptions _pasid0x12345 = TlpOptions.WithPasid(new Pasid(0x12345));

    [Test]
    public void X01_Translation_Request_for_an_address_above_4_GiB_has_the_64_bit_header()
    {
        var written = Bytes.Dws(d => TlpWriter.WriteTranslationRequest(d, new(_function, 7, 0x7f0000200000)));
        var tlp = Bytes.View(Bytes.Of(X01));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X01));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.MemoryRead));
            Assert.That(tlp.IsTranslationRequest, Is.True);
            Assert.That(tlp.AddressType, Is.EqualTo(AddressType.TranslationRequest));
            Assert.That(tlp.Is64Bit, Is.True);
            Assert.That(tlp.Address, Is.EqualTo(0x7f0000200000UL));
            Assert.That(tlp.NoWrite, Is.False);
            Assert.That(tlp.LengthDw, Is.EqualTo(2));
            Assert.That(tlp.Requester, Is.EqualTo(_function));
            Assert.That(tlp.Tag, Is.EqualTo(7));
            Assert.That((tlp.FirstByteEnable, tlp.LastByteEnable), Is.EqualTo((0xF, 0xF)));
            Assert.That(tlp.HasPasid, Is.False);
            Assert.That(tlp.PrefixOrNull, Is.Null);
        }
    }

    [Test]
    public void X02_Translation_Request_below_4_GiB_has_the_32_bit_header_and_No_Write_in_bit_0()
    {
        var options = TlpOptions.WithPasid(new Pasid(5));
        var written = Bytes.Dws(d => TlpWriter.WriteTranslationRequest(
            d, new(_function, 8, 0x12345000, Translations: 2, NoWrite: true), options));
        var tlp = Bytes.View(Bytes.Of(X02));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X02));
            Assert.That(tlp.IsTranslationRequest, Is.True);
            Assert.That(tlp.Is64Bit, Is.False);
            Assert.That(tlp.Address, Is.EqualTo(0x12345000UL));
            Assert.That(tlp.NoWrite, Is.True);
            Assert.That(tlp.LengthDw, Is.EqualTo(4));
            Assert.That(tlp.HasPasid, Is.True);
            Assert.That(tlp.Prefix, Is.EqualTo(new PasidPrefix(new Pasid(5))));
            Assert.That(tlp.PrefixReservedBits, Is.Zero);
        }
    }

    [Test]
    public void X03_Translation_Completion_carries_its_entry_big_endian()
    {
        var payload = new byte[8];
        AtsPayload.Write(payload, 0x00000001234ff803);
        var header = new CompletionHeader(_agent, _function, 7, ByteCount: 8);
        var written = Bytes.Dws(d => TlpWriter.WriteCompletionWithData(d, header, payload));
        var tlp = Bytes.View(Bytes.Of(X03));
        var entries = new TranslationEntryReader(tlp.Payload);
        entries.TryNext(out var entry);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X03));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.CompletionWithData));
            Assert.That(tlp.Status, Is.EqualTo(CompletionStatus.SuccessfulCompletion));
            Assert.That(tlp.ByteCount, Is.EqualTo(8));
            Assert.That(tlp.LowerAddress, Is.Zero);
            Assert.That(tlp.Completer, Is.EqualTo(_agent));
            Assert.That(tlp.Requester, Is.EqualTo(_function));
            Assert.That(tlp.Tag, Is.EqualTo(7));
            Assert.That(entry.Range, Is.EqualTo(new AtsRange(0x123400000, 21)));
        }
    }

    [Test]
    public void X04_Translation_Completion_with_two_entries_gives_both_in_order()
    {
        var payload = new byte[16];
        AtsPayload.Write(payload, 0x80000003);
        AtsPayload.Write(payload.AsSpan(8), 0x80003001);
        var header = new CompletionHeader(_agent, _function, 8, ByteCount: 16);
        var written = Bytes.Dws(d => TlpWriter.WriteCompletionWithData(d, header, payload));
        var entries = new TranslationEntryReader(Bytes.View(Bytes.Of(X04)).Payload);

        var found = new List<TranslationEntry>();
        while (entries.TryNext(out var entry))
        {
            found.Add(entry);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X04));
            Assert.That(found.Select(e => e.Range.Base), Is.EqualTo([0x80000000UL, 0x80003000UL]));
            Assert.That(found.Select(e => e.W), Is.EqualTo([true, false]));
        }
    }

    [TestCase(X05, CompletionStatus.UnsupportedRequest)]
    [TestCase(X06, CompletionStatus.CompleterAbort)]
    public void X05_X06_Completion_without_data_carries_its_status(string dws, CompletionStatus status)
    {
        var written = Bytes.Dws(d => TlpWriter.WriteCompletion(d, new(_agent, _function, 7, status)));
        var tlp = Bytes.View(Bytes.Of(dws));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(dws));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.Completion));
            Assert.That(tlp.Status, Is.EqualTo(status));
            Assert.That(tlp.Payload.Length, Is.Zero);
            Assert.That(tlp.Tag, Is.EqualTo(7));
        }
    }

    [Test]
    public void X07_Translated_write_of_one_DW_has_Last_BE_0()
    {
        var request = new MemoryRequest(_function, 9, 0x123400010, AddressType.Translated);
        var data = Bytes.Of("deadbeef");
        var written = Bytes.Dws(d => TlpWriter.WriteMemoryWrite(d, request, data));
        var tlp = Bytes.View(Bytes.Of(X07));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X07));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.MemoryWrite));
            Assert.That(tlp.AddressType, Is.EqualTo(AddressType.Translated));
            Assert.That(tlp.Address, Is.EqualTo(0x123400010UL));
            Assert.That((tlp.FirstByteEnable, tlp.LastByteEnable), Is.EqualTo((0xF, 0)));
            Assert.That(tlp.Payload.ToArray(), Is.EqualTo(data));
        }
    }

    [Test]
    public void X08_Invalidate_Request_names_ITag_range_Global_and_PASID()
    {
        var payload = new AtsRange(0x7f0000200000, 21).ToInvalidatePayload(isGlobal: true);
        var written = Bytes.Dws(d => TlpWriter.WriteInvalidateRequest(
            d, new(_agent, _function, new ITag(5), payload), _pasid0x12345));
        var tlp = Bytes.View(Bytes.Of(X08));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X08));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.InvalidateRequest));
            Assert.That(tlp.MessageCode, Is.EqualTo(MessageCode.InvalidateRequest));
            Assert.That(tlp.Requester, Is.EqualTo(_agent));
            Assert.That(tlp.Destination, Is.EqualTo(_function));
            Assert.That(tlp.ITag, Is.EqualTo(new ITag(5)));
            Assert.That(tlp.InvalidateRange, Is.EqualTo(new AtsRange(0x7f0000200000, 21)));
            Assert.That(tlp.IsGlobalInvalidate, Is.True);
            Assert.That(tlp.Prefix.Pasid, Is.EqualTo(new Pasid(0x12345)));
        }
    }

    [Test]
    public void X10_Invalidate_Request_for_everything_from_another_TA_and_function()
    {
        var request = new InvalidateRequest(
            new RequesterId(8), new RequesterId(0x0300), new ITag(31), AtsRange.Everything.ToInvalidatePayload());
        var written = Bytes.Dws(d => TlpWriter.WriteInvalidateRequest(d, request));
        var tlp = Bytes.View(Bytes.Of(X10));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X10));
            Assert.That(tlp.ITag, Is.EqualTo(new ITag(31)));
            Assert.That(tlp.Requester, Is.EqualTo(new RequesterId(8)));
            Assert.That(tlp.Destination, Is.EqualTo(new RequesterId(0x0300)));
            Assert.That(tlp.InvalidateRange, Is.EqualTo(AtsRange.Everything));
            Assert.That(tlp.IsGlobalInvalidate, Is.False);
            Assert.That(tlp.HasPasid, Is.False);
        }
    }

    [TestCase(X09, 0x0100, 0x0000, 0x00000020u, 1)]
    [TestCase(X11, 0x0300, 0x0008, 0x80000000u, 1)]
    [TestCase(X12, 0x0100, 0x0000, 0x00020008u, 8)]
    public void X09_X11_X12_Invalidate_Completion_carries_vector_and_count(
        string dws, int function, int agent, uint vector, int count)
    {
        var completion = new InvalidateCompletion(
            new RequesterId((ushort)function), new RequesterId((ushort)agent), vector, count);
        var written = Bytes.Dws(d => TlpWriter.WriteInvalidateCompletion(d, completion));
        var tlp = Bytes.View(Bytes.Of(dws));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(dws));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.InvalidateCompletion));
            Assert.That(tlp.Requester, Is.EqualTo(completion.Requester));
            Assert.That(tlp.Destination, Is.EqualTo(completion.Destination));
            Assert.That(tlp.ITagVector, Is.EqualTo(vector));
            Assert.That(tlp.CompletionCount, Is.EqualTo(count));
            Assert.That(tlp.CompletionCountRaw, Is.EqualTo(count & 7));
        }
    }

    [Test]
    public void X13_Page_Request_carries_page_index_and_wishes()
    {
        var request = new PageRequest(_function, 0x7f0000201000, 0x1a5, IsLastOfGroup: true, WantsWrite: true);
        var written = Bytes.Dws(d => TlpWriter.WritePageRequest(d, request, _pasid0x12345));
        var tlp = Bytes.View(Bytes.Of(X13));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X13));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.PageRequest));
            Assert.That(tlp.PageAddress, Is.EqualTo(0x7f0000201000UL));
            Assert.That(tlp.PrgIndex, Is.EqualTo(0x1a5));
            Assert.That((tlp.IsLastOfGroup, tlp.WantsWrite, tlp.WantsRead), Is.EqualTo((true, true, true)));
            Assert.That(tlp.IsStopMarker, Is.False);
        }
    }

    [Test]
    public void X14_Stop_Marker_is_a_Page_Request_with_PASID_and_L_alone()
    {
        var written = Bytes.Dws(d => TlpWriter.WritePageRequest(d, PageRequest.StopMarker(_function), _pasid0x12345));
        var tlp = Bytes.View(Bytes.Of(X14));
        var withoutPasid = Bytes.View(Bytes.Of(X14[9..]));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(X14));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.PageRequest));
            Assert.That(tlp.IsStopMarker, Is.True);
            Assert.That(withoutPasid.IsStopMarker, Is.False);
        }
    }

    [TestCase(X15, 0x1a5, PrgResponseCode.Success)]
    [TestCase(X16, 0, PrgResponseCode.ResponseFailure)]
    public void X15_X16_PRG_Response_carries_index_and_code(string dws, int index, PrgResponseCode code)
    {
        var written = Bytes.Dws(d => TlpWriter.WritePrgResponse(d, new(_agent, _function, index, code)));
        var tlp = Bytes.View(Bytes.Of(dws));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Is.EqualTo(dws));
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.PrgResponse));
            Assert.That(tlp.Destination, Is.EqualTo(_function));
            Assert.That(tlp.PrgIndex, Is.EqualTo(index));
            Assert.That(tlp.PrgResponseCode, Is.EqualTo(code));
        }
    }
}
