namespace HilBench.Clients.Tests;

public sealed class ClientLockTests
{
    [Test]
    public void A_writer_is_alone_and_readers_are_many()
    {
        var tested = new ClientLock();

        Assert.That(tested.TryEnterShared() && tested.TryEnterShared(), Is.True);
        Assert.That(tested.TryEnter(), Is.False);
        tested.ExitShared();
        tested.ExitShared();
        Assert.That(tested.TryEnter(), Is.True);
        Assert.That(tested.TryEnterShared() || tested.TryEnter(), Is.False);
        tested.Exit();
        Assert.That(tested.IsFree, Is.True);
    }

    [Test]
    public void After_one_drop_too_many_the_next_reader_does_not_keep_a_writer_out()
    {
        var tested = new ClientLock();
        tested.ExitShared();

        tested.TryEnterShared();

        Assert.That(tested.TryEnter(), Is.True);
    }

    [Test]
    public void Dropping_what_was_not_taken_for_writing_is_a_bug() =>
        Assert.That(() => new ClientLock().Exit(), Throws.InvalidOperationException);
}
