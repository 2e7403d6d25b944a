using HilBench.Journal;
using HilBench.Memory;

namespace HilBench.Checking.Tests;

/// <summary>The counts that spare the oracle a look at every change under way: what they deny, no change is.</summary>
public sealed class OpenChangesTests
{
    [Test]
    public void What_a_change_touches_is_never_denied([Range(1, 8)] int seed)
    {
        var choice = new SeededChoice((ulong)seed);
        var changes = new OpenChanges();
        var denied = 0;
        for (var step = 0; step < 4000; step++)
        {
            if (changes.All.Length == 0 || (changes.All.Length < 40 && choice.Chance(50)))
            {
                changes.Add(RandomChange(choice));
            }
            else
            {
                changes.RemoveAt(choice.Between(0, changes.All.Length - 1));
            }

            var (va, bytes, physical) = (RandomAddress(choice), choice.Between(1, 4096), RandomAddress(choice));
            Assert.That(changes.MayOverlap(va, bytes) || !Any(changes, change => change.Overlaps(va, bytes)));
            Assert.That(changes.MayHold(physical) || !Any(changes, change => !change.IsTable && physical - change.Page.Value < 1UL << change.Shift));
            denied += changes.MayOverlap(va, bytes) ? 0 : 1;
        }

        Assert.That(denied, Is.GreaterThan(100), "else the counts spare nothing");
    }

    [Test]
    public void Nothing_is_left_of_changes_that_ended()
    {
        var changes = new OpenChanges();
        changes.Add(new OpenChange(1, 1, 0x20_0000, 21, new PhysicalAddress(0x40_0000), default));
        changes.Add(new OpenChange(1, 1, 0x1000, 12, new PhysicalAddress(0x5000), default));
        Assert.That((changes.MayOverlap(0x9000, 4), changes.MayHold(0x9000)), Is.EqualTo((true, true)), "a large one is looked at always");

        changes.RemoveAt(0);
        Assert.That((changes.MayOverlap(0x0FFC, 8), changes.MayOverlap(0x9000, 4)), Is.EqualTo((true, false)));
        Assert.That((changes.MayHold(0x5008), changes.MayHold(0x9000)), Is.EqualTo((true, false)));

        changes.Clear();
        Assert.That((changes.MayOverlap(0x1000, 4), changes.MayHold(0x5008)), Is.EqualTo((false, false)));
    }

    [Test]
    public void The_last_page_of_the_address_space_is_a_page_as_others()
    {
        var changes = new OpenChanges();
        changes.Add(new OpenChange(1, 1, 0xFFFF_FFFF_FFFF_E000, 12, new PhysicalAddress(0x5000), default));

        Assert.That(changes.MayOverlap(0xFFFF_FFFF_FFFF_E800, 4096), Is.True);
        Assert.That(changes.MayOverlap(0xFFFF_FFFF_FFFF_F000, 4096), Is.False);
    }

    private static bool Any(OpenChanges changes, Func<OpenChange, bool> isWanted) => changes.All.ToArray().Any(isWanted);

    private static OpenChange RandomChange(SeededChoice choice)
    {
        var shift = choice.Chance(2) ? (byte)21 : (byte)12;
        var (va, page) = (RandomAddress(choice) >> shift << shift, RandomAddress(choice) >> shift << shift);
        return new OpenChange(1, 1, va, shift, new PhysicalAddress(page), default) { IsTable = shift > 12 && choice.Chance(50) };
    }

    private static ulong RandomAddress(SeededChoice choice) => 0x7F00_0000_0000 + choice.Below(64 << 12) + (choice.Below(3) << 32);
}
