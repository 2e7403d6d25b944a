namespace HilBench.Journal.Tests;

public sealed class SeededChoiceTests
{
    // The published reference output of SplitMix64 for this seed.
    [Test]
    public void The_generator_is_SplitMix64()
    {
        var choice = new SeededChoice(1234567);

        var bits = Enumerable.Range(0, 5).Select(_ => choice.NextBits()).ToArray();

        Assert.That(bits, Is.EqualTo(new[]
        {
            6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL, 4593380528125082431UL, 16408922859458223821UL,
        }));
    }

    [Test]
    public void The_seed_decides()
    {
        var one = new SeededChoice(7);
        var other = new SeededChoice(7);

        Assert.That(Enumerable.Range(0, 100).Select(_ => one.NextBits()), Is.EqualTo(Enumerable.Range(0, 100).Select(_ => other.NextBits())));
    }

    [Test]
    public void A_child_does_not_depend_on_how_much_its_parent_was_used_nor_on_its_siblings()
    {
        var used = new SeededChoice(7);
        used.NextBits();
        used.Child("memory").NextBits();

        Assert.That(used.Child("device").NextBits(), Is.EqualTo(new SeededChoice(7).Child("device").NextBits()));
    }

    [Test]
    public void Children_differ_by_name_by_parent_and_from_their_parent()
    {
        var firsts = new[]
        {
            new SeededChoice(7), new SeededChoice(7).Child("a"), new SeededChoice(7).Child("b"), new SeededChoice(8).Child("a"),
            new SeededChoice(7).Child("ab"), new SeededChoice(7).Child("ba"), new SeededChoice(7).Child("a").Child("b"),
            new SeededChoice(7).Child("b").Child("a"), new SeededChoice(7).Child(string.Empty), new SeededChoice(7).Child("A"),
        }.Select(choice => choice.NextBits());

        Assert.That(firsts, Is.Unique);
    }

    [Test]
    public void A_child_knows_the_seed_that_makes_it_again()
    {
        var child = new SeededChoice(7).Child("device");

        Assert.That(child.Seed, Is.EqualTo(SeededChoice.ChildSeed(7, "device")));
        Assert.That(child.NextBits(), Is.EqualTo(new SeededChoice(child.Seed).NextBits()));
    }

    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(10UL)]
    public void Below_meets_every_number_below_the_bound_and_none_else(ulong bound)
    {
        var choice = new SeededChoice(1);

        var seen = Enumerable.Range(0, 1000).Select(_ => choice.Below(bound)).Distinct().Order();

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, (int)bound).Select(i => (ulong)i)));
    }

    [Test]
    public void Below_is_even()
    {
        var choice = new SeededChoice(1);
        var counts = new int[10];

        for (var i = 0; i < 100_000; i++)
        {
            counts[choice.Below(10)]++;
        }

        Assert.That(counts, Is.All.InRange(9_500, 10_500));
    }

    [Test]
    public void Between_meets_both_ends()
    {
        var choice = new SeededChoice(1);

        var seen = Enumerable.Range(0, 1000).Select(_ => choice.Between(-2, 2)).Distinct().Order();

        Assert.That(seen, Is.EqualTo(new[] { -2, -1, 0, 1, 2 }));
        Assert.That(choice.Between(int.MaxValue, int.MaxValue), Is.EqualTo(int.MaxValue));
        Assert.That(() => choice.Between(int.MinValue, int.MaxValue), Throws.Nothing);
    }

    [TestCase(0, 0, 0)]
    [TestCase(100, 1000, 1000)]
    [TestCase(30, 250, 350)]
    public void Chance_is_true_in_so_many_of_a_hundred_cases(int percent, int atLeast, int atMost)
    {
        var choice = new SeededChoice(1);

        Assert.That(Enumerable.Range(0, 1000).Count(_ => choice.Chance(percent)), Is.InRange(atLeast, atMost));
    }

    [Test]
    public void An_empty_range_is_refused()
    {
        var choice = new SeededChoice(1);

        Assert.That(() => choice.Below(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => choice.Between(1, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
