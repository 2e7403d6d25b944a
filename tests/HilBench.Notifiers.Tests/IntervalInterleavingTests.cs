namespace HilBench.Notifiers.Tests;

/// <summary>The invariants I1 to I11 of the interval protocol over random interleavings.</summary>
public sealed class IntervalInterleavingTests
{
    private const ulong Seeds = 400;

    [Test]
    public void A_correct_client_never_mirrors_what_the_page_table_does_not_hold()
    {
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            Assert.That(new IntervalInterleaving(seed, IntervalMistake.None).Run(), Is.Null, $"seed {seed}");
        }
    }

    [TestCase(IntervalMistake.LastPageLeftOut)]
    [TestCase(IntervalMistake.SequenceOnlyWhenDropped)]
    [TestCase(IntervalMistake.RetryOutsideLock)]
    public void The_same_interleavings_find_a_client_that_makes_a_mistake(object mistake)
    {
        var found = 0;
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            found += new IntervalInterleaving(seed, (IntervalMistake)mistake).Run() is null ? 0 : 1;
        }

        Assert.That(found, Is.Positive);
    }
}
