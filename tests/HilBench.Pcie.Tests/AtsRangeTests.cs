using FsCheck;
using FsCheck.Fluent;

namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class AtsRangeTests
{
    // ats-rules A.6: id, start, length, block start, log2 of the block's size, payload, wire bytes.
    private static readonly object[][] _workedEncodings =
    [
        ["E01", 0x1000UL, 0x1000UL, 0x1000UL, 12, 0x0000000000001000UL, "0000000000001000"],
        ["E02", 0x0UL, 0x1000UL, 0x0UL, 12, 0x0000000000000000UL, "0000000000000000"],
        ["E03", 0x2000UL, 0x2000UL, 0x2000UL, 13, 0x0000000000002800UL, "0000000000002800"],
        ["E04", 0x3000UL, 0x2000UL, 0x0UL, 15, 0x0000000000003800UL, "0000000000003800"],
        ["E05", 0x4000UL, 0x4000UL, 0x4000UL, 14, 0x0000000000005800UL, "0000000000005800"],
        ["E06", 0x8000UL, 0x8000UL, 0x8000UL, 15, 0x000000000000b800UL, "000000000000b800"],
        ["E07", 0x10000UL, 0x10000UL, 0x10000UL, 16, 0x0000000000017800UL, "0000000000017800"],
        ["E08", 0x7000UL, 0x4000UL, 0x0UL, 16, 0x0000000000007800UL, "0000000000007800"],
        ["E09", 0x8000UL, 0x4000UL, 0x8000UL, 14, 0x0000000000009800UL, "0000000000009800"],
        ["E10", 0x12345000UL, 0x1000UL, 0x12345000UL, 12, 0x0000000012345000UL, "0000000012345000"],
        ["E11", 0x12345678UL, 1UL, 0x12345000UL, 12, 0x0000000012345000UL, "0000000012345000"],
        ["E12", 0x12345fffUL, 2UL, 0x12344000UL, 14, 0x0000000012345800UL, "0000000012345800"],
        ["E13", 0x200000UL, 0x200000UL, 0x200000UL, 21, 0x00000000002ff800UL, "00000000002ff800"],
        ["E14", 0x7f0000200000UL, 0x200000UL, 0x7f0000200000UL, 21, 0x00007f00002ff800UL, "00007f00002ff800"],
        ["E15", 0x1ff000UL, 0x2000UL, 0x0UL, 22, 0x00000000001ff800UL, "00000000001ff800"],
        ["E16", 0x40000000UL, 0x40000000UL, 0x40000000UL, 30, 0x000000005ffff800UL, "000000005ffff800"],
        ["E17", 0x7fffc0000000UL, 0x40000000UL, 0x7fffc0000000UL, 30, 0x00007fffdffff800UL, "00007fffdffff800"],
        ["E18", 0x8000000000UL, 0x8000000000UL, 0x8000000000UL, 39, 0x000000bffffff800UL, "000000bffffff800"],
        ["E19", 0x123456789000UL, 0x1000UL, 0x123456789000UL, 12, 0x0000123456789000UL, "0000123456789000"],
        ["E20", 0xfffffffffffff000UL, 0x1000UL, 0xfffffffffffff000UL, 12, 0xfffffffffffff000UL, "fffffffffffff000"],
        ["E21", 0xffffffffffe00000UL, 0x200000UL, 0xffffffffffe00000UL, 21, 0xffffffffffeff800UL, "ffffffffffeff800"],
        ["E22", 0x0UL, 1UL << 48, 0x0UL, 48, 0x00007ffffffff800UL, "00007ffffffff800"],
        ["E23", 0x0UL, 1UL << 63, 0x0UL, 63, 0x3ffffffffffff800UL, "3ffffffffffff800"],
        ["E24", 1UL << 63, 1UL << 63, 1UL << 63, 63, 0xbffffffffffff800UL, "bffffffffffff800"],
        ["E26", 0x7ffffffff000UL, 0x2000UL, 0x0UL, 48, 0x00007ffffffff800UL, "00007ffffffff800"],
        ["E27", 0x100000UL, 0x100000UL, 0x100000UL, 20, 0x000000000017f800UL, "000000000017f800"],
        ["E28", 0x5555555550000UL, 0x10000UL, 0x5555555550000UL, 16, 0x0005555555557800UL, "0005555555557800"],
    ];

    [TestCaseSource(nameof(_workedEncodings))]
    public void A_range_becomes_the_payload_of_its_worked_encoding_and_back(
        string id, ulong start, ulong length, ulong blockStart, int sizeShift, ulong payload, string wire)
    {
        var bytes = new byte[8];

        var block = AtsRange.Covering(start, length);
        AtsPayload.Write(bytes, block.ToInvalidatePayload());
        var isRead = AtsPayload.TryRead(bytes, out var readBack);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(block, Is.EqualTo(new AtsRange(blockStart, sizeShift)), id);
            Assert.That(block.ToInvalidatePayload(), Is.EqualTo(payload), id);
            Assert.That(Convert.ToHexStringLower(bytes), Is.EqualTo(wire), id);
            Assert.That(isRead, Is.True);
            Assert.That(AtsRange.Decode(readBack), Is.EqualTo(block), id);
        }
    }

    [Test]
    public void Everything_is_E25_and_covers_the_first_and_the_last_byte()
    {
        var everything = AtsRange.Everything;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(everything.ToInvalidatePayload(), Is.EqualTo(0x7ffffffffffff800UL));
            Assert.That(AtsRange.Decode(0x7ffffffffffff800UL), Is.EqualTo(everything));
            Assert.That(everything.Contains(0), Is.True);
            Assert.That(everything.Contains(ulong.MaxValue), Is.True);
            Assert.That(everything.Last, Is.EqualTo(ulong.MaxValue));
        }
    }

    [Test]
    public void All_ones_with_S_counts_as_everything()
    {
        var block = AtsRange.Decode(0xfffffffffffff800UL);

        Assert.That(block, Is.EqualTo(AtsRange.Everything));
    }

    [Test]
    public void Global_Invalidate_is_bit_0_of_the_payload()
    {
        var e14 = AtsRange.Covering(0x7f0000200000, 0x200000);

        Assert.That(e14.ToInvalidatePayload(isGlobal: true), Is.EqualTo(0x00007f00002ff801UL));
    }

    [Test]
    public void Reserved_payload_bits_10_to_1_do_not_change_the_range()
    {
        Assert.That(AtsRange.Decode(0x00007f00002ff800UL | 0x7FE), Is.EqualTo(AtsRange.Decode(0x00007f00002ff800UL)));
    }

    [Test]
    public void A_block_of_every_size_has_its_first_and_last_byte_inside_and_the_next_outside()
    {
        for (var shift = AtsRange.MinSizeShift; shift < AtsRange.MaxSizeShift; shift++)
        {
            var size = 1UL << shift;
            var block = new AtsRange(size, shift);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(block.Contains(size - 1), Is.False, $"2^{shift}");
                Assert.That(block.Contains(size), Is.True, $"2^{shift}");
                Assert.That(block.Contains(size + (size - 1)), Is.True, $"2^{shift}");
                Assert.That(block.Last, Is.EqualTo(size + (size - 1)), $"2^{shift}");
                Assert.That(block.Contains(unchecked(size + size)), Is.False, $"2^{shift}");
            }
        }
    }

    [Test]
    public void A_block_smaller_than_a_page_larger_than_the_space_or_not_aligned_is_refused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new AtsRange(0, 11), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AtsRange(0, 65), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AtsRange(0x1000, 13), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AtsRange(1, 64), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void An_empty_range_and_one_that_wraps_have_no_cover()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => AtsRange.Covering(0x1000, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(
                () => AtsRange.Covering(0xfffffffffffff000, 0x1001), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(AtsRange.Covering(0, ulong.MaxValue), Is.EqualTo(AtsRange.Everything));
        }
    }

    [TestCase(12, "0x0+4KiB")]
    [TestCase(13, "0x0+8KiB")]
    [TestCase(21, "0x0+2MiB")]
    [TestCase(30, "0x0+1GiB")]
    [TestCase(39, "0x0+512GiB")]
    [TestCase(63, "0x0+8EiB")]
    [TestCase(64, "0x0+16EiB")]
    public void A_block_is_written_with_its_size_in_binary_units(int sizeShift, string text)
    {
        Assert.That(new AtsRange(0, sizeShift).ToString(), Is.EqualTo(text));
    }

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public FsCheck.Property Any_block_survives_the_wire() => Prop.ForAll(
        Blocks(), block => AtsRange.Decode(block.ToInvalidatePayload(isGlobal: true)) == block);

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public FsCheck.Property Decoding_by_counting_ones_agrees_with_decoding_bit_by_bit() => Prop.ForAll(
        Words(), bits =>
        {
            var shift = 12;
            if ((bits >> 11 & 1) != 0)
            {
                shift = 13;
                for (var bit = 12; bit < 63 && (bits >> bit & 1) != 0; bit++)
                {
                    shift++;
                }
            }

            var block = AtsRange.Decode(bits);
            var mask = shift == 64 ? 0 : ulong.MaxValue << shift;
            return block.SizeShift == shift && block.Base == (bits & mask);
        });

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public FsCheck.Property A_cover_holds_both_ends_and_no_half_of_it_does() => Prop.ForAll(
        Words(), Words(), (a, b) =>
        {
            var (start, last) = a < b ? (a, b) : (b, a);
            if (last - start == ulong.MaxValue)
            {
                return true; // the length has no 64-bit value
            }

            var cover = AtsRange.Covering(start, last - start + 1);
            var half = AtsRange.Around(start, Math.Max(12, cover.SizeShift - 1));
            return cover.Contains(start) && cover.Contains(last)
                && (cover.SizeShift == 12 || !half.Contains(last));
        });

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public FsCheck.Property Overlap_is_the_same_both_ways_and_agrees_with_comparing_the_ends() => Prop.ForAll(
        Blocks(), Blocks(), (a, b) =>
        {
            var overlaps = a.Base <= b.Last && b.Base <= a.Last;
            return a.Overlaps(b) == overlaps && b.Overlaps(a) == overlaps && a.Overlaps(a);
        });

    private static Arbitrary<ulong> Words() =>
        // Runs of equal bits at both ends are what size encodings are made of: shift and flip to get many.
        (from word in ArbMap.Default.GeneratorFor<ulong>()
         from wide in ArbMap.Default.GeneratorFor<uint>()
         from shift in Gen.Choose(0, 63)
         from flip in Gen.Elements(0UL, ulong.MaxValue)
         select ((word ^ ((ulong)wide << 32)) << shift) ^ flip).ToArbitrary();

    private static Arbitrary<AtsRange> Blocks() =>
        (from word in Words().Generator
         from shift in Gen.Choose(AtsRange.MinSizeShift, AtsRange.MaxSizeShift)
         select AtsRange.Around(word, shift)).ToArbitrary();
}
