using HilBench.Memory;

namespace HilBench.Scenarios.Tests;

/// <summary>Which moves need a choice in front of them.</summary>
public sealed class ConflictTableTests
{
    [Test]
    public void A_move_on_what_nobody_else_uses_is_local_until_somebody_does()
    {
        var table = new ConflictTable();
        table.Begin();

        Assert.That(table.Classify(0, Word(3, isWrite: true)), Is.EqualTo(MoverKind.Local));
        table.Enter(1, Word(4, isWrite: true));
        Assert.That(table.IsContradicted, Is.False);

        table.Enter(1, Word(3, isWrite: false));

        Assert.That(table.IsContradicted, Is.True);
        Assert.That(table.Classify(0, Word(3, isWrite: true)), Is.EqualTo(MoverKind.Visible));
    }

    [Test]
    public void Readers_do_not_mind_each_other()
    {
        var table = new ConflictTable();
        table.Enter(1, Word(3, isWrite: false));

        Assert.That(table.Classify(0, Word(3, isWrite: false)), Is.EqualTo(MoverKind.Local));
        Assert.That(table.Classify(0, Word(3, isWrite: true)), Is.EqualTo(MoverKind.Visible));
    }

    [Test]
    public void A_copy_of_a_page_meets_a_word_of_it()
    {
        var whole = new Footprint();
        whole.Add(Footprint.Place.Frame(3), isWrite: true);

        Assert.That(whole.ConflictsWith(Word(3, isWrite: false)), Is.True);
        Assert.That(Word(3, isWrite: false).ConflictsWith(whole), Is.True);
        Assert.That(whole.ConflictsWith(Word(4, isWrite: false)), Is.False);
    }

    [Test]
    public void A_lock_is_taken_with_a_choice_and_let_go_without()
    {
        var table = new ConflictTable();
        table.Enter(1, Lock(LockUse.Taken));

        Assert.That(table.Classify(0, Lock(LockUse.Taken)), Is.EqualTo(MoverKind.Taker));
        Assert.That(table.Classify(0, Lock(LockUse.Released)), Is.EqualTo(MoverKind.Local));
        Assert.That(table.Classify(0, Lock(LockUse.Refused)), Is.EqualTo(MoverKind.Visible));
    }

    [Test]
    public void Who_sees_a_lock_held_and_goes_on_makes_its_holders_visible()
    {
        var table = new ConflictTable();
        var refused = Lock(LockUse.Refused);
        refused.EndLocks(isWaiting: false);
        table.Enter(1, refused);
        var released = Lock(LockUse.Released);
        released.EndLocks(isWaiting: false);

        Assert.That(table.Classify(0, released), Is.EqualTo(MoverKind.Visible));
    }

    private static Footprint Word(ulong frame, bool isWrite)
    {
        var footprint = new Footprint();
        footprint.Add(Footprint.Place.AnyWord(frame), isWrite);
        footprint.Add(Footprint.Place.Word(frame, 7), isWrite);
        return footprint;
    }

    private static Footprint Lock(LockUse use)
    {
        var footprint = new Footprint();
        footprint.AddLock(Footprint.Place.Lock((byte)KernelPart.TableLock, 5), isWrite: true, use);
        return footprint;
    }
}
