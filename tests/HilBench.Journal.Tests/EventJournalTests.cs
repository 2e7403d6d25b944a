namespace HilBench.Journal.Tests;

public sealed class EventJournalTests
{
    [Test]
    public void The_ring_keeps_the_newest_lines()
    {
        var journal = new EventJournal(new Clock(), capacityLog2: 4);

        for (byte i = 0; i < 40; i++)
        {
            journal.Append(JournalKind.CpuRead, [i]);
        }

        Assert.That(journal.Count, Is.EqualTo(40));
        Assert.That(journal.Oldest, Is.EqualTo(24));
        Assert.That(journal[24].Payload.ToArray(), Is.EqualTo((byte[])[24]));
        Assert.That(journal[39].Sequence, Is.EqualTo(39));
        Assert.That(() => journal[23], Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => journal[40], Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_long_payload_is_kept_in_part_and_observed_whole()
    {
        var journal = new EventJournal(new Clock(), capacityLog2: 4);
        var observer = new Observer();
        journal.Subscribe(observer);

        journal.Append(JournalKind.TlpToDevice, new byte[500]);

        Assert.That(journal[0].PayloadLength, Is.EqualTo(500));
        Assert.That(journal[0].Payload.Length, Is.EqualTo(JournalEntry.PayloadCapacity));
        Assert.That(observer.Lengths, Is.EqualTo((int[])[500]));
    }

    [Test]
    public void Lines_that_are_not_kept_are_observed_all_the_same()
    {
        var journal = new EventJournal(new Clock(), capacityLog2: 4) { IsKept = false };
        var observer = new Observer();
        journal.Subscribe(observer);
        journal.Append(JournalKind.CpuRead, [1]);
        journal.Unsubscribe(observer);
        journal.Append(JournalKind.CpuRead, [2]);

        Assert.That(observer.Lengths, Has.Count.EqualTo(1));
        Assert.That(journal[0].Kind, Is.EqualTo(JournalKind.None));
    }

    [Test]
    public void The_source_is_the_high_byte_of_the_kind() =>
        Assert.That(
            Enum.GetValues<JournalKind>().Select(kind => (JournalSource)((ushort)kind >> 8)),
            Is.All.Matches<JournalSource>(Enum.IsDefined));

    [Test]
    public void Records_come_back_as_they_were_written()
    {
        var journal = new EventJournal(new Clock { Now = 77 }, capacityLog2: 4);

        journal.Append(JournalKind.CpuRead, (1UL, 2u));

        Assert.That(journal[0].Read<(ulong, uint)>(), Is.EqualTo((1UL, 2u)));
        Assert.That(journal[0].Time, Is.EqualTo(77));
    }

    private sealed class Clock : IClock
    {
        public ulong Now { get; init; }
    }

    private sealed class Observer : IJournalObserver
    {
        public List<int> Lengths { get; } = [];

        public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload) => Lengths.Add(payload.Length);
    }
}
