using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.TranslationAgent.Tests;

/// <summary>How a range becomes naturally aligned blocks: ats-rules A.5 and A.6.</summary>
public sealed class BlockSplitterTests
{
    private const ulong MiB = 1 << 20;

    // ats-rules A.6: "Block" is the smallest naturally aligned power-of-two block that covers the range.
    [TestCase(0x1000UL, 0x1000UL, 0x1000UL)]
    [TestCase(0x0UL, 0x1000UL, 0x0UL)]
    [TestCase(0x2000UL, 0x2000UL, 0x2800UL)]
    [TestCase(0x3000UL, 0x2000UL, 0x3800UL)]
    [TestCase(0x4000UL, 0x4000UL, 0x5800UL)]
    [TestCase(0x8000UL, 0x8000UL, 0xb800UL)]
    [TestCase(0x10000UL, 0x10000UL, 0x17800UL)]
    [TestCase(0x7000UL, 0x4000UL, 0x7800UL)]
    [TestCase(0x8000UL, 0x4000UL, 0x9800UL)]
    [TestCase(0x12345678UL, 1UL, 0x12345000UL)]
    [TestCase(0x12345fffUL, 2UL, 0x12345800UL)]
    [TestCase(0x200000UL, 0x200000UL, 0x2ff800UL)]
    [TestCase(0x1ff000UL, 0x2000UL, 0x1ff800UL)]
    [TestCase(0x40000000UL, 0x40000000UL, 0x5ffff800UL)]
    [TestCase(0x7ffffffff000UL, 0x2000UL, 0x7ffffffff800UL)]
    [TestCase(0xfffffffffffff000UL, 0x1000UL, 0xfffffffffffff000UL)]
    [TestCase(0x8000000000000000UL, 0x8000000000000000UL, 0xbffffffffffff800UL)]
    public void Cover_is_the_one_block_of_the_worked_encodings(ulong start, ulong length, ulong payload)
    {
        var blocks = Cut(start, start + (length - 1), InvalidationPolicy.Cover);

        Assert.That(blocks, Is.EqualTo(new[] { AtsRange.Covering(start, length) }));
        Assert.That(blocks[0].ToInvalidatePayload(), Is.EqualTo(payload));
    }

    [TestCase(InvalidationPolicy.Page)]
    [TestCase(InvalidationPolicy.Exact)]
    [TestCase(InvalidationPolicy.Cover)]
    [TestCase(InvalidationPolicy.Global)]
    public void The_whole_address_space_is_one_request(InvalidationPolicy policy)
    {
        var blocks = Cut(0, ulong.MaxValue, policy);

        Assert.That(blocks, Is.EqualTo(new[] { AtsRange.Everything }));
        Assert.That(blocks[0].ToInvalidatePayload(), Is.EqualTo(0x7ffffffffffff800));
    }

    [Test]
    public void Pages_are_cut_one_by_one_from_the_page_of_the_first_byte_to_that_of_the_last() =>
        Assert.That(
            Cut(0x7123, 0xA000, InvalidationPolicy.Page),
            Is.EqualTo(new[] { 0x7000UL, 0x8000UL, 0x9000UL, 0xA000UL }.Select(AtsRange.Page)));

    // ats-rules A.6, E08: 0x7000 + 0x4000 is 4 pages in two neighbourhoods.
    [Test]
    public void Exact_takes_the_fewest_aligned_blocks() =>
        Assert.That(
            Cut(0x7000, 0xAFFF, InvalidationPolicy.Exact),
            Is.EqualTo(new[] { AtsRange.Page(0x7000), new AtsRange(0x8000, 13), AtsRange.Page(0xA000) }));

    [Test]
    public void Global_is_the_whole_space_whatever_the_range() =>
        Assert.That(Cut(0x5000, 0x5FFF, InvalidationPolicy.Global), Is.EqualTo(new[] { AtsRange.Everything }));

    [Test]
    public void The_last_page_of_the_space_ends_the_cutting() =>
        Assert.That(
            Cut(0xffff_ffff_ffff_e000, ulong.MaxValue, InvalidationPolicy.Page),
            Is.EqualTo(new[] { AtsRange.Page(0xffff_ffff_ffff_e000), AtsRange.Page(0xffff_ffff_ffff_f000) }));

    [Test]
    public void Up_to_the_limit_pages_stay_pages_and_one_byte_more_is_cut_exactly()
    {
        Assert.That(Cut(16 * MiB, 16 * MiB + BlockSplitter.PagewiseBytesMax - 1, InvalidationPolicy.Page), Has.Count.EqualTo(1024));
        Assert.That(
            Cut(16 * MiB, 16 * MiB + BlockSplitter.PagewiseBytesMax, InvalidationPolicy.Page),
            Is.EqualTo(new[] { new AtsRange(16 * MiB, 22), AtsRange.Page(20 * MiB) }));
    }

    [Test]
    public void No_block_is_smaller_than_the_stu()
    {
        Assert.That(Cut(0x5000, 0x5FFF, InvalidationPolicy.Page, 16), Is.EqualTo(new[] { new AtsRange(0, 16) }));
        Assert.That(Cut(0x5000, 0x15FFF, InvalidationPolicy.Exact, 16), Is.EqualTo(new[] { new AtsRange(0, 17) }));
        Assert.That(Cut(0x5000, 0x5FFF, InvalidationPolicy.Cover, 16), Is.EqualTo(new[] { new AtsRange(0, 16) }));
    }

    [TestCase(InvalidationPolicy.Page, 12)]
    [TestCase(InvalidationPolicy.Page, 14)]
    [TestCase(InvalidationPolicy.Exact, 12)]
    [TestCase(InvalidationPolicy.Exact, 14)]
    public void Blocks_are_aligned_in_order_disjoint_and_cover_exactly_the_rounded_range(InvalidationPolicy policy, int stuShift)
    {
        var choice = new SeededChoice(42);
        for (var round = 0; round < 2000; round++)
        {
            var first = choice.NextBits() >> (int)choice.Below(52);
            var last = first + choice.Below(1UL << choice.Between(1, 22));
            if (last < first)
            {
                continue;
            }

            var mask = (1UL << stuShift) - 1;
            var next = first & ~mask;
            foreach (var block in Cut(first, last, policy, stuShift))
            {
                Assert.That(block.Base, Is.EqualTo(next), $"[0x{first:x}, 0x{last:x}]");
                Assert.That(block.SizeShift, Is.GreaterThanOrEqualTo(stuShift));
                next = block.Last + 1;
            }

            Assert.That(next, Is.EqualTo((last | mask) + 1), $"[0x{first:x}, 0x{last:x}]");
        }
    }

    [Test]
    public void Two_neighbouring_exact_blocks_never_form_one_aligned_block()
    {
        var choice = new SeededChoice(43);
        for (var round = 0; round < 500; round++)
        {
            var first = choice.Below(1UL << 40);
            var blocks = Cut(first, first + choice.Below(1UL << 30), InvalidationPolicy.Exact);
            foreach (var (one, other) in blocks.Zip(blocks.Skip(1)))
            {
                var isPair = one.SizeShift == other.SizeShift && (one.Base >> one.SizeShift & 1) == 0;
                Assert.That(isPair, Is.False, $"{one} and {other}");
            }
        }
    }

    [Test]
    public void A_range_that_ends_before_it_begins_is_refused() =>
        Assert.That(() => new BlockSplitter(0x2000, 0x1FFF, InvalidationPolicy.Page), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase("4k", InvalidationPolicy.Page)]
    [TestCase("exact", InvalidationPolicy.Exact)]
    [TestCase("cover", InvalidationPolicy.Cover)]
    [TestCase("global", InvalidationPolicy.Global)]
    public void Policies_are_known_by_name(string name, InvalidationPolicy policy)
    {
        Assert.That(InvalidationPolicies.Parse(name), Is.EqualTo(policy));
        Assert.That(InvalidationPolicies.NameOf(policy), Is.EqualTo(name));
    }

    [Test]
    public void An_unknown_policy_is_refused_with_the_known_names() =>
        Assert.That(
            () => InvalidationPolicies.Parse("8k"),
            Throws.InstanceOf<InputException>().With.Message.EqualTo("there is no invalidation policy '8k'. Use one of: 4k, exact, cover, global."));

    private static List<AtsRange> Cut(ulong first, ulong last, InvalidationPolicy policy, int smallestShift = 12)
    {
        var splitter = new BlockSplitter(first, last, policy, smallestShift);
        var blocks = new List<AtsRange>();
        while (splitter.TryNext(out var start, out var shift))
        {
            blocks.Add(new AtsRange(start, shift));
        }

        return blocks;
    }
}
