using HilBench.Journal;

namespace HilBench.Notifiers.Tests;

/// <summary>The tree of interval notifiers beside a plain list.</summary>
public sealed class IntervalTreeTests
{
    [Test]
    public void Overlaps_come_by_start_and_equal_starts_as_inserted_whatever_was_added_and_removed(
        [Values(1UL, 2UL, 3UL, 4UL)] ulong seed)
    {
        var choice = new SeededChoice(seed);
        var tree = new IntervalTree();
        var list = new List<IntervalSubscription>();
        for (var step = 0U; step < 3000; step++)
        {
            if (list.Count > 0 && choice.Below(5) < 2)
            {
                var gone = list[(int)choice.Below((ulong)list.Count)];
                tree.Remove(gone);
                list.Remove(gone);
            }
            else
            {
                var added = Interval(choice.Below(300), 1 + choice.Below(choice.Chance(10) ? 200U : 8U), step);
                tree.Add(added);
                list.Add(added);
            }

            var first = choice.Below(320);
            var range = Pages(first, first + 1 + choice.Below(20));
            var expected = list.Where(i => range.Overlaps(i.Range)).OrderBy(i => i.Range.Start.Value).ThenBy(i => i.Index);
            var found = new List<IntervalSubscription>();
            tree.FindOverlaps(range, found);
            Assert.That(found, Is.EqualTo(expected));
            Assert.That(tree.HasOverlap(range), Is.EqualTo(found.Count > 0));
        }

        Assert.That(tree.Count, Is.EqualTo(list.Count));
    }

    [Test]
    public void A_hundred_thousand_intervals_in_order_are_at_most_24_levels_deep()
    {
        var tree = new IntervalTree();
        var intervals = new List<IntervalSubscription>();
        for (var i = 0U; i < 100_000; i++)
        {
            intervals.Add(Interval(i, 1, i));
            tree.Add(intervals[^1]);
        }

        Assert.That(intervals.Max(i => i.Height), Is.LessThanOrEqualTo(24));
    }

    [Test]
    public void Removing_an_interval_that_is_not_in_the_tree_is_refused()
    {
        var tree = new IntervalTree();
        tree.Add(Interval(1, 1, 0));

        Assert.That(() => tree.Remove(Interval(1, 1, 1)), Throws.ArgumentException);
    }

    private static IntervalSubscription Interval(ulong page, ulong pages, uint index) =>
        new(new NoClient(), VirtualRange.OfSize(new(page << 12), pages << 12), index);

    private static NotifierRange Pages(ulong first, ulong end) =>
        new(new(first << 12), new(end << 12), NotifierEvent.Clear, IsBlockable: true, Owner: 0);

    private sealed class NoClient : IIntervalClient
    {
        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence) => true;
    }
}
