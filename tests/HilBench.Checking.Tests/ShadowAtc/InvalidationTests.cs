using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>Which translations an Invalidate Request ends: ats-rules B.5, ATS-INV-002, 005, 006, 014 to 016, 021.</summary>
public sealed class InvalidationTests
{
    private const uint None = Grant.NoPasid;
    private const ulong Base = 0x7F00_0020_0000;

    [TestCase(12, 12, 0UL, true, TestName = "Equal_size_at_the_same_page_matches")]
    [TestCase(12, 12, 0x1000UL, false, TestName = "The_page_beside_is_not_matched")]
    [TestCase(21, 12, 0UL, true, TestName = "A_page_at_the_start_of_a_larger_translation_matches_it")]
    [TestCase(21, 12, 0x10_0000UL, true, TestName = "A_page_in_the_middle_of_a_larger_translation_matches_it")]
    [TestCase(21, 12, 0x1F_F000UL, true, TestName = "A_page_at_the_end_of_a_larger_translation_matches_it")]
    [TestCase(21, 12, 0x20_0000UL, false, TestName = "The_page_after_a_larger_translation_does_not_match_it")]
    [TestCase(12, 21, 0UL, true, TestName = "A_block_matches_a_smaller_translation_inside")]
    [TestCase(12, 21, 0x20_0000UL, false, TestName = "A_block_does_not_match_a_translation_before_it")]
    [TestCase(13, 12, 0x1000UL, true, TestName = "The_second_page_of_8_KiB_matches")]
    [TestCase(30, 63, 0UL, true, TestName = "Half_the_space_matches_what_lies_in_it")]
    [TestCase(12, 64, 0UL, true, TestName = "Everything_matches")]
    public void Ranges_match_when_they_share_a_byte(int grantShift, int shift, ulong offset, bool isMatch)
    {
        var grant = new Grant { Va = Base >> grantShift << grantShift, Shift = (byte)grantShift, Pasid = None };
        var invalidation = new Invalidation { Range = AtsRange.Around(Base + offset, shift), Pasid = None };

        Assert.That(invalidation.Matches(in grant), Is.EqualTo(isMatch));
    }

    [Test]
    public void Every_pair_of_sizes_agrees_with_a_comparison_of_first_and_last_bytes(
        [Values(12, 13, 21, 30, 48, 62)] int grantShift, [Values(12, 13, 14, 21, 30, 48, 62, 63, 64)] int shift)
    {
        for (var k = -2; k <= 2; k++)
        {
            var va = (Base + (ulong)((long)k << Math.Min(shift, grantShift))) >> grantShift << grantShift;
            var grant = new Grant { Va = va, Shift = (byte)grantShift, Pasid = None };
            var range = AtsRange.Around(Base, shift);
            var invalidation = new Invalidation { Range = range, Pasid = None };

            var shares = va <= range.Last && va + ((1UL << grantShift) - 1) >= range.Base;

            Assert.That(invalidation.Matches(in grant), Is.EqualTo(shares), $"0x{va:x}");
        }
    }

    [TestCase(None, None, false, false, true, TestName = "Without_PASID_matches_an_entry_without")]
    [TestCase(5u, None, false, false, true, TestName = "Without_PASID_matches_an_entry_with_one")]
    [TestCase(0u, None, false, false, true, TestName = "Without_PASID_matches_PASID_0")]
    [TestCase(5u, 5u, false, false, true, TestName = "A_PASID_matches_its_own")]
    [TestCase(5u, 6u, false, false, false, TestName = "A_PASID_does_not_match_another")]
    [TestCase(0x1_0005u, 5u, false, false, false, TestName = "All_20_bits_are_compared")]
    [TestCase(None, 0u, false, false, false, TestName = "PASID_0_does_not_match_an_entry_without")]
    [TestCase(5u, 6u, true, false, true, TestName = "Global_Invalidate_matches_every_PASID")]
    [TestCase(5u, 6u, false, true, true, TestName = "An_entry_with_Global_is_matched_by_every_PASID")]
    public void Contexts_match(uint granted, uint invalidated, bool isGlobalRequest, bool isGlobalEntry, bool isMatch)
    {
        var grant = new Grant { Va = Base, Shift = 12, Pasid = granted, IsGlobal = isGlobalEntry };
        var invalidation = new Invalidation { Range = AtsRange.Page(Base), Pasid = invalidated, IsGlobal = isGlobalRequest };

        Assert.That(invalidation.Matches(in grant), Is.EqualTo(isMatch));
    }
}
