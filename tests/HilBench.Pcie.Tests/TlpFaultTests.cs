using FsCheck;
using FsCheck.Fluent;

namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class TlpFaultTests
{
    [TestCase("", TlpFaultReason.Empty, 0)]
    [TestCase("20", TlpFaultReason.NotWholeDws, 0)]
    [TestCase("20000402 010007ff 00007f00 0020", TlpFaultReason.NotWholeDws, 12)]
    [TestCase("20000402", TlpFaultReason.TruncatedHeader, 4)]
    [TestCase("20000402 010007ff", TlpFaultReason.TruncatedHeader, 8)]
    [TestCase("20000402 010007ff 00007f00", TlpFaultReason.TruncatedHeader, 12)]
    [TestCase("91000005 20000402 010007ff 00007f00", TlpFaultReason.TruncatedHeader, 16)]
    [TestCase("90000000 32000000 01000002 00000001 00000020", TlpFaultReason.UnknownPrefix, 0)]
    [TestCase("e0000000 32000000 01000002 00000001 00000020", TlpFaultReason.UnknownType, 0)]
    [TestCase("91000005 91000005 00000404 010008ff 12345001", TlpFaultReason.SecondPrefix, 4)]
    [TestCase("91000005 80000000 00000404 010008ff 12345001", TlpFaultReason.SecondPrefix, 4)]
    [TestCase("1f000000 01000002 00000001", TlpFaultReason.UnknownType, 0)]
    [TestCase("91000005 1f000000 01000002 00000001", TlpFaultReason.UnknownType, 4)]
    [TestCase("12000000 01000002 00000001", TlpFaultReason.UnknownType, 0)]
    [TestCase("24000001 0000000f 01000000 00000000", TlpFaultReason.UnknownType, 0)]
    [TestCase("20000402 010007ff 00007f00 00200000 00000000", TlpFaultReason.PayloadLengthMismatch, 16)]
    [TestCase("60000801 0100090f 00000001 23400010", TlpFaultReason.PayloadLengthMismatch, 16)]
    [TestCase("60000801 0100090f 00000001 23400010 deadbeef 00000000", TlpFaultReason.PayloadLengthMismatch, 20)]
    [TestCase("60008801 0100090f 00000001 23400010 deadbeef", TlpFaultReason.PayloadLengthMismatch, 20)]
    [TestCase("72000000 00000501 01000000 00000000", TlpFaultReason.PayloadLengthMismatch, 16)]
    [TestCase("0a000000 00002000 01000700 00000000", TlpFaultReason.PayloadLengthMismatch, 12)]
    public void Malformed_bytes_are_a_fault_at_the_first_byte_that_cannot_be_right(
        string hex, TlpFaultReason reason, int offset)
    {
        var isTlp = TlpView.TryRead(Bytes.Of(hex), out _, out var fault);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isTlp, Is.False);
            Assert.That(fault.Reason, Is.EqualTo(reason));
            Assert.That(fault.Offset, Is.EqualTo(offset));
            Assert.That(fault.Sentence, Is.Not.Empty);
        }
    }

    [Test]
    public void The_longest_TLP_is_read_and_one_DW_more_is_too_long()
    {
        var longest = new byte[TlpFormat.MaxSizeWithDigestBytes];
        Bytes.Of("91000005 60008000 010009ff 00000001 23400000").CopyTo(longest, 0);
        var longer = new byte[longest.Length + 4];
        longest.CopyTo(longer, 0);

        var isTlp = TlpView.TryRead(longest, out var tlp, out _);
        var isLongerTlp = TlpView.TryRead(longer, out _, out var fault);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isTlp, Is.True);
            Assert.That(tlp.LengthDw, Is.EqualTo(1024));
            Assert.That(tlp.Payload.Length, Is.EqualTo(4096));
            Assert.That(isLongerTlp, Is.False);
            Assert.That(fault.Reason, Is.EqualTo(TlpFaultReason.TooLong));
            Assert.That(fault.Sentence, Is.EqualTo("the TLP has 4124 bytes; the longest one has 4120"));
        }
    }

    [Test]
    public void A_fault_says_in_a_sentence_what_stands_where()
    {
        TlpView.TryRead(Bytes.Of("91000005 91000005 00000404 010008ff 12345001"), out _, out var second);
        TlpView.TryRead(Bytes.Of("60000801 0100090f 00000001 23400010"), out _, out var mismatch);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Sentence, Is.EqualTo("byte 4: a second prefix, 0x91"));
            Assert.That(
                mismatch.Sentence, Is.EqualTo("byte 16: 0 bytes follow the header, Length and TD ask for 4"));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 5000)]
    public Property Any_bytes_are_a_TLP_or_a_fault_whose_offset_lies_within_them() => Prop.ForAll(
        HostileBytes(), bytes =>
        {
            var isTlp = TlpView.TryRead(bytes, out var tlp, out var fault);
            return isTlp
                ? fault == default && tlp.Kind != TlpKind.None && TouchEveryField(tlp)
                : fault.Reason != TlpFaultReason.None && fault.Offset >= 0 && fault.Offset <= bytes.Length;
        });

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public Property Any_bytes_have_a_description() => Prop.ForAll(
        HostileBytes(),
        bytes => TlpText.Line(bytes).Length > 0 && TlpText.Describe(bytes).EndsWith('\n'));

    [FsCheck.NUnit.Property(MaxTest = 3000)]
    public Property A_TLP_cut_short_or_made_longer_is_never_taken_for_a_TLP() => Prop.ForAll(
        Gen.Elements(_seeds).ToArbitrary(),
        Gen.Choose(-20, 20).Where(n => n != 0).ToArbitrary(),
        (hex, change) =>
        {
            var whole = Bytes.Of(hex);
            var mutated = new byte[Math.Max(0, whole.Length + change)];
            whole.AsSpan(0, Math.Min(whole.Length, mutated.Length)).CopyTo(mutated);
            return !TlpView.TryRead(mutated, out _, out var fault)
                && fault.Offset >= 0 && fault.Offset <= mutated.Length;
        });

    private static readonly string[] _seeds =
    [
        "20000402 010007ff 00007f00 00200000",
        "91000005 00000404 010008ff 12345001",
        "4a000002 00000008 01000700 00000001 234ff803",
        "0a000000 00002000 01000700",
        "60000801 0100090f 00000001 23400010 deadbeef",
        "91012345 72000002 00000501 01000000 00000000 00007f00 002ff801",
        "32000000 01000002 00000001 00000020",
        "91012345 30000000 01000004 00007f00 00201d2f",
        "32000000 00000005 010001a5 00000000",
        "04000001 0000000f 01000010",
        "44000001 0000000f 01000010 78563412",
    ];

    private static bool TouchEveryField(TlpView tlp)
    {
        _ = (tlp.Prefix, tlp.PrefixOrNull, tlp.TrafficClass, tlp.Attributes, tlp.AddressType, tlp.Requester, tlp.Tag);
        _ = (tlp.Address, tlp.NoWrite, tlp.ByteCount, tlp.LowerAddress, tlp.Completer, tlp.Status, tlp.Destination);
        _ = (tlp.RegisterNumber, tlp.MessageCode, tlp.MessageRouting, tlp.ITag, tlp.InvalidateRange);
        _ = (tlp.IsGlobalInvalidate, tlp.ITagVector, tlp.CompletionCount, tlp.PageAddress, tlp.PrgIndex);
        _ = (tlp.IsLastOfGroup, tlp.WantsRead, tlp.WantsWrite, tlp.IsStopMarker, tlp.PrgResponseCode);
        var entries = new TranslationEntryReader(tlp.Payload);
        while (entries.TryNext(out var entry))
        {
            _ = entry.Range;
        }

        return tlp.LengthDw is >= 0 and <= 1024 && tlp.Payload.Length <= 4096;
    }

    private static Arbitrary<byte[]> HostileBytes()
    {
        var random = ArbMap.Default.GeneratorFor<byte[]>();
        var mutated =
            from hex in Gen.Elements(_seeds)
            from places in Gen.ArrayOf(Gen.Choose(0, 1000))
            from values in Gen.ArrayOf(ArbMap.Default.GeneratorFor<byte>(), places.Length)
            select Mutate(Bytes.Of(hex), places, values);
        var wholeDws = from bytes in random select bytes[..(bytes.Length & ~3)];
        return Gen.OneOf(random, wholeDws, mutated).ToArbitrary();
    }

    private static byte[] Mutate(byte[] bytes, int[] places, byte[] values)
    {
        for (var i = 0; i < places.Length; i++)
        {
            bytes[places[i] % bytes.Length] ^= values[i];
        }

        return bytes;
    }
}
