namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class TlpViewTests
{
    [TestCase("00000001 0100000f 00001000", TlpKind.MemoryRead)]
    [TestCase("40000001 0100000f 00001000 00000000", TlpKind.MemoryWrite)]
    [TestCase("02000001 0000000f 00001000", TlpKind.IoRead)]
    [TestCase("42000001 0000000f 00001000 00000000", TlpKind.IoWrite)]
    [TestCase("04000001 0000000f 01000000", TlpKind.ConfigurationRead0)]
    [TestCase("44000001 0000000f 01000000 00000000", TlpKind.ConfigurationWrite0)]
    [TestCase("05000001 0000000f 01000000", TlpKind.ConfigurationRead1)]
    [TestCase("45000001 0000000f 01000000 00000000", TlpKind.ConfigurationWrite1)]
    [TestCase("4c000001 0100000f 00001000 00000000", TlpKind.FetchAdd)]
    [TestCase("4d000001 0100000f 00001000 00000000", TlpKind.Swap)]
    [TestCase("6e000002 0100000f 00000001 00001000 00000000 00000000", TlpKind.Cas)]
    public void Top_byte_of_DW0_names_the_kind(string hex, TlpKind kind)
    {
        Assert.That(Bytes.View(Bytes.Of(hex)).Kind, Is.EqualTo(kind));
    }

    [TestCase(
        "72000002 00000502 01000000 00000000 00000000 00000000", 0x02, TestName = "Invalidate Completion with data")]
    [TestCase("32000000 00000501 01000000 00000000", 0x01, TestName = "Invalidate Request without data")]
    [TestCase("30000000 01000002 00000001 00000020", 0x02, TestName = "Invalidate Completion to the Root Complex")]
    [TestCase("32000000 01000004 00007f00 00201d2f", 0x04, TestName = "Page Request routed by ID")]
    [TestCase("30000000 00000005 010001a5 00000000", 0x05, TestName = "PRG Response to the Root Complex")]
    [TestCase("32000000 00000003 010001a5 00000000", 0x03, TestName = "Unknown code")]
    public void A_message_with_the_right_code_in_the_wrong_form_is_another_message(string hex, int code)
    {
        var tlp = Bytes.View(Bytes.Of(hex));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.OtherMessage));
            Assert.That((int)tlp.MessageCode, Is.EqualTo(code));
            Assert.That(tlp.IsMessage, Is.True);
        }
    }

    [Test]
    public void An_Invalidate_Request_with_the_wrong_Length_is_read_as_it_is()
    {
        var one = Bytes.View(Bytes.Of("72000001 00000501 01000000 00000000 00007f00"));
        var three = Bytes.View(Bytes.Of("72000003 00000501 01000000 00000000 00007f00 002ff801 00000000"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(one.Kind, Is.EqualTo(TlpKind.InvalidateRequest));
            Assert.That(one.LengthDw, Is.EqualTo(1));
            Assert.That(one.InvalidatePayload, Is.Zero);
            Assert.That(three.LengthDw, Is.EqualTo(3));
            Assert.That(three.InvalidatePayload, Is.EqualTo(0x00007f00002ff801UL));
        }
    }

    [Test]
    public void Rule_breaking_Translation_Requests_are_read_for_the_checker_to_judge()
    {
        var odd = Bytes.View(Bytes.Of("20000401 010007ff 00007f00 00200000"));
        var reserved = Bytes.View(Bytes.Of("20000c02 010007ff 00007f00 00200000"));
        var lowIn64 = Bytes.View(Bytes.Of("20000402 010007ff 00000000 00200000"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(odd.IsTranslationRequest, Is.True);
            Assert.That(odd.LengthDw, Is.EqualTo(1));
            Assert.That(reserved.AddressType, Is.EqualTo(AddressType.Reserved));
            Assert.That(reserved.IsTranslationRequest, Is.False);
            Assert.That((lowIn64.Is64Bit, lowIn64.Address), Is.EqualTo((true, 0x200000UL)));
        }
    }

    [Test]
    public void Every_field_of_DW0_is_read_from_its_own_bits()
    {
        const string rest = " 010007ff 00007f00 00200000";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Bytes.View(Bytes.Of("20700402" + rest)).TrafficClass, Is.EqualTo(7));
            Assert.That(Bytes.View(Bytes.Of("20040402" + rest)).Attributes, Is.EqualTo(TlpAttributes.Ido));
            Assert.That(Bytes.View(Bytes.Of("20002402" + rest)).Attributes, Is.EqualTo(TlpAttributes.RelaxedOrdering));
            Assert.That(Bytes.View(Bytes.Of("20001402" + rest)).Attributes, Is.EqualTo(TlpAttributes.NoSnoop));
            Assert.That(Bytes.View(Bytes.Of("20004402" + rest)).IsPoisoned, Is.True);
            Assert.That(Bytes.View(Bytes.Of("20008402" + rest + " 00000000")).HasDigest, Is.True);
            Assert.That(Bytes.View(Bytes.Of("20000400" + rest)).LengthDw, Is.EqualTo(1024));
        }
    }

    [Test]
    public void A_digest_is_not_payload()
    {
        var tlp = Bytes.View(Bytes.Of("60008801 0100090f 00000001 23400010 deadbeef cafecafe"));

        Assert.That(tlp.Payload.ToArray(), Is.EqualTo(Bytes.Of("deadbeef")));
    }

    [Test]
    public void Reserved_prefix_bits_are_shown_and_do_not_change_the_PASID()
    {
        var tlp = Bytes.View(Bytes.Of("91f12345 00000404 010008ff 12345001"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tlp.PrefixReservedBits, Is.EqualTo(3));
            Assert.That(tlp.Prefix, Is.EqualTo(new PasidPrefix(new Pasid(0x12345), true, true)));
        }
    }

    [Test]
    public void PASID_0_is_a_prefix_and_not_none()
    {
        var tlp = Bytes.View(Bytes.Of("91000000 00000404 010008ff 12345001"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tlp.HasPasid, Is.True);
            Assert.That(tlp.PrefixOrNull, Is.EqualTo(new PasidPrefix(new Pasid(0))));
        }
    }

    [Test]
    public void Register_number_takes_the_extended_bits()
    {
        var tlp = Bytes.View(Bytes.Of("04000001 0000000f 01000ffc"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tlp.RegisterNumber, Is.EqualTo(0xFFC));
            Assert.That(tlp.Destination, Is.EqualTo(RequesterId.From(1, 0, 0)));
        }
    }
}
