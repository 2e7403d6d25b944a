namespace HilBench.Journal.Tests;

public sealed class SeededChoiceTests
{
    // The first outputs of SplitMix64 for the seed 1234567, as its authors publish them.
    private static readonly ulong[] _published =
        [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];

    [Test]
    public void The_generator_is_SplitMix64()
    {
        var choice = new SeededChoice(1234567);

        Assert.That(_published.Select(_ => choice.NextBits()), Is.EqualTo(_published));
    }

    [Test]
    public void A_childs_numbers_depend_on_seed_and_name_only()
    {
        var parent = new SeededChoice(7);
        var before = parent.Child("wire").NextBits();
        parent.NextBits();
        parent.Child("other").NextBits();

        Assert.That(parent.Child("wire").NextBits(), Is.EqualTo(before));
        Assert.That(new SeededChoice(8).Child("wire").NextBits(), Is.Not.EqualTo(before));
        Assert.That(parent.Child("Wire").NextBits(), Is.Not.EqualTo(before));
    }

    [Test]
    public void Numbers_stay_in_their_bounds_and_reach_both()
    {
        var choice = new SeededChoice(1);
        var numbers = Enumerable.Range(0, 1000).Select(_ => choice.Between(-3, 3)).ToList();

        Assert.That(numbers, Is.All.InRange(-3, 3));
        Assert.That(numbers.Distinct().Count(), Is.EqualTo(7));
        Assert.That(() => choice.Below(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => choice.Between(1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0, ExpectedResult = false)]
    [TestCase(100, ExpectedResult = true)]
    public bool A_chance_of_none_or_all_is_certain(int percent) => new SeededChoice(3).Chance(percent);
}
