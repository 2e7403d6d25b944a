namespace HilBench.Checking.Tests;

public sealed class ValueSetTests
{
    [Test]
    public void Holds_what_was_added_and_nothing_else()
    {
        var set = default(ValueSet);
        set.Add(0x1_0000_0002);

        Assert.That(set.Contains(0x1_0000_0002, ulong.MaxValue), Is.True);
        Assert.That(set.Contains(2, uint.MaxValue), Is.True);
        Assert.That(set.Contains(2, ulong.MaxValue), Is.False);
    }

    [TestCase(16, false)]
    [TestCase(17, true)]
    public void Allows_everything_once_more_than_16_different_values_came(int count, bool allowsAll)
    {
        var set = default(ValueSet);
        for (var i = 0UL; i < (ulong)count; i++)
        {
            set.Add(i);
            set.Add(i);
        }

        Assert.That(set.Contains(999, ulong.MaxValue), Is.EqualTo(allowsAll));
    }

    [Test]
    public void Is_empty_after_Clear()
    {
        var set = default(ValueSet);
        set.Add(1);

        set.Clear();

        Assert.That(set.Contains(1, ulong.MaxValue), Is.False);
    }
}
