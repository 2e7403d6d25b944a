using System.Buffers.Binary;

namespace HilBench.Journal.Tests;

public sealed class EventJournalTests
{
    private readonly SettableClock _clock = new();

    [Test]
    public void A_line_carries_its_number_time_kind_and_payload()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        journal.Append(JournalKind.DeviceReset, []);
        _clock.Now = 123;

        journal.Append(JournalKind.TlpToDevice, new byte[] { 1, 2, 3 });

        var entry = journal[1];
        Assert.That((entry.Sequence, entry.Time, entry.Kind), Is.EqualTo((1UL, 123UL, JournalKind.TlpToDevice)));
        Assert.That(entry.Payload.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(entry.PayloadLength, Is.EqualTo(3));
    }

    [Test]
    public void The_ring_keeps_the_newest_lines()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);

        for (var i = 0; i < 40; i++)
        {
            journal.Append(JournalKind.CpuRead, i);
        }

        Assert.That((journal.Count, journal.Oldest), Is.EqualTo((40UL, 24UL)));
        Assert.That(Enumerable.Range(24, 16).Select(i => journal[(ulong)i].Read<int>()), Is.EqualTo(Enumerable.Range(24, 16)));
    }

    [Test]
    public void All_lines_are_kept_until_the_ring_is_full()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);

        for (var i = 0; i < 16; i++)
        {
            journal.Append(JournalKind.CpuRead, i);
        }

        Assert.That(journal.Oldest, Is.Zero);
        Assert.That(journal[0].Read<int>(), Is.Zero);
    }

    [TestCase(23UL)]
    [TestCase(40UL)]
    public void A_line_that_is_not_kept_or_not_written_is_refused(ulong sequence)
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        for (var i = 0; i < 40; i++)
        {
            journal.Append(JournalKind.CpuRead, i);
        }

        Assert.That(() => journal[sequence].Time, Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase(44)]
    [TestCase(45)]
    [TestCase(4116)]
    public void A_long_payload_is_kept_in_part_and_its_length_in_full(int length)
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        var payload = new byte[length];
        for (var i = 0; i < length; i++)
        {
            payload[i] = (byte)(i + 1);
        }

        journal.Append(JournalKind.TlpFromDevice, payload);

        Assert.That(journal[0].PayloadLength, Is.EqualTo(length));
        Assert.That(journal[0].Payload.ToArray(), Is.EqualTo(payload[..44]));
    }

    [Test]
    public void A_short_payload_shows_nothing_of_the_line_that_was_there_before()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        for (var i = 0; i < 16; i++)
        {
            journal.Append(JournalKind.CpuRead, ulong.MaxValue);
        }

        journal.Append(JournalKind.DeviceReset, []);

        Assert.That(journal[16].Payload.ToArray(), Is.Empty);
        Assert.That(() => journal[16].Read<ulong>(), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void A_record_comes_back_as_it_was_written()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);

        journal.Append(JournalKind.CpuRead, (1UL, 2u));

        Assert.That(journal[0].Read<(ulong, uint)>(), Is.EqualTo((1UL, 2u)));
    }

    [Test]
    public void An_observer_sees_every_line_with_its_whole_payload_in_order()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        var observer = new Recorder();
        journal.Subscribe(observer);

        for (var i = 0; i < 40; i++)
        {
            _clock.Now = (ulong)i * 10;
            var payload = new byte[200];
            BinaryPrimitives.WriteInt32LittleEndian(payload, i);
            journal.Append(JournalKind.TlpFromDevice, payload);
        }

        Assert.That(observer.Seen, Is.EqualTo(Enumerable.Range(0, 40).Select(i => ((ulong)i * 10, JournalKind.TlpFromDevice, i, 200))));
    }

    [Test]
    public void Observers_are_called_in_the_order_in_which_they_subscribed_after_the_line_is_written()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        var calls = new List<string>();
        journal.Subscribe(new Caller(() => calls.Add($"first sees {journal.Count}")));
        journal.Subscribe(new Caller(() => calls.Add($"second sees {journal.Count}")));

        journal.Append(JournalKind.DeviceReset, []);

        Assert.That(calls, Is.EqualTo(new[] { "first sees 1", "second sees 1" }));
    }

    [Test]
    public void An_observer_that_left_sees_nothing_more()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        var observer = new Recorder();
        journal.Subscribe(observer);
        journal.Append(JournalKind.CpuRead, 1);

        journal.Unsubscribe(observer);
        journal.Append(JournalKind.CpuRead, 2);

        Assert.That(observer.Seen, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_line_that_an_observer_writes_comes_after_the_one_it_saw()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        journal.Subscribe(new Caller(() =>
        {
            if (journal.Count == 1)
            {
                journal.Append(JournalKind.Quarantine, []);
            }
        }));

        journal.Append(JournalKind.DeviceReset, []);

        Assert.That((journal[0].Kind, journal[1].Kind), Is.EqualTo((JournalKind.DeviceReset, JournalKind.Quarantine)));
    }

    [Test]
    public void A_journal_that_keeps_nothing_still_counts_and_still_tells_its_observers()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4) { IsKept = false };
        var observer = new Recorder();
        journal.Subscribe(observer);

        journal.Append(JournalKind.CpuRead, 1);

        Assert.That((journal.Count, journal.Oldest, observer.Seen.Count), Is.EqualTo((1UL, 1UL, 1)));
        Assert.That(() => journal[0].Time, Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_journal_that_keeps_lines_again_shows_none_from_before()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        journal.Append(JournalKind.CpuRead, 1);
        journal.IsKept = false;
        journal.Append(JournalKind.CpuRead, 2);
        journal.IsKept = true;

        journal.Append(JournalKind.CpuRead, 3);

        Assert.That(journal.Oldest, Is.EqualTo(2));
        Assert.That(journal[2].Read<int>(), Is.EqualTo(3));
    }

    [TestCase(3)]
    [TestCase(27)]
    public void A_capacity_out_of_range_is_refused(int capacityLog2) =>
        Assert.That(() => new EventJournal(_clock, capacityLog2), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void The_source_of_a_line_is_the_high_byte_of_its_kind()
    {
        var journal = new EventJournal(_clock, capacityLog2: 8);

        foreach (var kind in Enum.GetValues<JournalKind>())
        {
            journal.Append(kind, []);

            Assert.That(Enum.IsDefined(journal[journal.Count - 1].Source), Is.True, kind.ToString());
            Assert.That((int)journal[journal.Count - 1].Source, Is.EqualTo((int)kind >> 8));
        }
    }

    [Test]
    public void Writing_a_line_allocates_nothing()
    {
        var journal = new EventJournal(_clock, capacityLog2: 4);
        journal.Subscribe(new Caller(() => { }));
        journal.Append(JournalKind.CpuRead, 1UL);
        var allocated = Allocation.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                journal.Append(JournalKind.CpuRead, 1UL);
            }
        });

        Assert.That(allocated, Is.Zero);
    }

    private sealed class Recorder : IJournalObserver
    {
        public List<(ulong Time, JournalKind Kind, int First, int Length)> Seen { get; } = [];

        public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload) =>
            Seen.Add((time, kind, BinaryPrimitives.ReadInt32LittleEndian(payload), payload.Length));
    }

    private sealed class Caller(Action call) : IJournalObserver
    {
        public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload) => call();
    }
}
