using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.TranslationAgent.Tests;

/// <summary>The agent's side of the invalidation protocol: ats-rules A.7, A.8 and B.6.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InvalidationQueueTests
{
    private static readonly InvalidationTarget _pasid5 = new(new Pasid(5));
    private readonly AgentBench _bench = new();

    private InvalidationQueue Queue => _bench.Queue;

    [Test]
    public void A_range_becomes_requests_with_its_pasid_and_payload()
    {
        Queue.Enqueue(_pasid5, 0x12345000, 0x12345FFF);
        Queue.Enqueue(new InvalidationTarget(null), 0x7f0000200000, 0x7f00003fffff, InvalidationPolicy.Exact);
        Queue.Enqueue(new InvalidationTarget(new Pasid(6), IsGlobal: true), 0x7f0000200000, 0x7f00003fffff, InvalidationPolicy.Exact);

        Assert.That(_bench.Port.Invalidations(), Is.EqualTo(new (int, ulong, Pasid?)[]
        {
            (0, 0x12345000, new Pasid(5)), (1, 0x00007f00002ff800, null), (2, 0x00007f00002ff801, new Pasid(6)),
        }));
    }

    [Test]
    public void A_request_names_agent_and_function()
    {
        Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);

        var tlp = _bench.Answer(out var order);
        Assert.That(order, Is.EqualTo(DownstreamClass.InvalidateRequest));
        Assert.That(tlp.Requester, Is.EqualTo(AgentBench.Agent));
        Assert.That(tlp.Destination, Is.EqualTo(AgentBench.Function));
    }

    [Test]
    public void All_32_itags_are_used_in_turn()
    {
        for (var i = 0; i < 70; i++)
        {
            Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
            Queue.Complete(1u << (i % 32), 1);
        }

        Assert.That(_bench.Port.Invalidations().Select(sent => sent.ITag), Is.EqualTo(Enumerable.Range(0, 70).Select(i => i % 32)));
        Assert.That(Queue.Completed, Is.EqualTo(70));
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(31)]
    [TestCase(32)]
    public void Never_more_than_the_queue_depth_is_outstanding_and_no_busy_tag_is_reused(int depth)
    {
        Queue.Depth = depth;
        var choice = new SeededChoice(7);
        var ticket = Queue.Enqueue(_pasid5, 0, 200 * 4096 - 1);
        var busy = 0u;
        var seen = 0;
        while (!Queue.IsDone(ticket))
        {
            var sent = _bench.Port.Invalidations();
            foreach (var (tag, _, _) in sent.Skip(seen))
            {
                Assert.That(busy >> tag & 1, Is.Zero, "ATS-ICP-023: the tag is still in use");
                busy |= 1u << tag;
            }

            seen = sent.Count;
            Assert.That(busy, Is.EqualTo(Queue.BusyTags));
            Assert.That(Queue.Outstanding, Is.EqualTo(Math.Min(depth, 200 - (int)Queue.Completed)));
            var done = busy & (uint)choice.NextBits();
            busy &= ~done;
            Queue.Complete(done, 1);
        }

        Assert.That(seen, Is.EqualTo(200));
        Assert.That(Queue.IsIdle, Is.True);
    }

    [Test]
    public void A_tag_is_done_when_as_many_completions_came_as_their_count_says()
    {
        var ticket = Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
        _bench.DeviceCompletes(1, count: 3);
        _bench.DeviceCompletes(1, count: 3);

        Assert.That(Queue.ReceivedFor(new ITag(0)), Is.EqualTo(2));
        Assert.That(Queue.IsDone(ticket), Is.False);
        _bench.DeviceCompletes(1, count: 3);
        Assert.That(Queue.IsDone(ticket), Is.True);
    }

    [Test]
    public void Count_field_0_means_eight_completions()
    {
        var ticket = Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
        for (var i = 0; i < 7; i++)
        {
            _bench.DeviceCompletes(1, count: 8);
        }

        Assert.That(Queue.IsDone(ticket), Is.False);
        _bench.DeviceCompletes(1, count: 8);
        Assert.That(Queue.IsDone(ticket), Is.True);
    }

    [Test]
    public void One_message_completes_several_tags()
    {
        var ticket = Queue.Enqueue(_pasid5, 0x1000, 0x4FFF);
        Assert.That(Queue.BusyTags, Is.EqualTo(0b1111));
        Queue.Complete(0b1011, 1);
        Assert.That(Queue.BusyTags, Is.EqualTo(0b0100));
        Assert.That(Queue.IsDone(ticket), Is.False);
        Queue.Complete(0b0100, 1);
        Assert.That(Queue.IsDone(ticket), Is.True);
    }

    [Test]
    public void Tags_that_nobody_uses_change_nothing()
    {
        var ticket = Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
        Queue.Complete(0xFFFF_FFFE, 1);
        Assert.That(Queue.Completed, Is.Zero);
        Assert.That(Queue.IsDone(ticket), Is.False);
    }

    [Test]
    public void The_completion_of_another_function_is_not_taken()
    {
        var ticket = Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
        _bench.DeviceCompletes(1, requester: RequesterId.From(1, 0, 1));
        Assert.That(Queue.IsDone(ticket), Is.False);
        Assert.That(_bench.Root.Refused, Is.EqualTo(1));
    }

    [Test]
    public void A_missed_deadline_quarantines_the_function_and_is_journalled_once()
    {
        var journal = new KindCounter(JournalKind.Quarantine);
        _bench.Journal.Subscribe(journal);
        Queue.DeadlineCycles = 1000;
        _bench.Clock.Now = 50;
        Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
        _bench.Clock.Now = 60;
        Queue.Enqueue(_pasid5, 0x2000, 0x2FFF);
        Assert.That(Queue.NextDeadline, Is.EqualTo(1050));

        Assert.That(Queue.CheckDeadline(1049), Is.False);
        Assert.That(Queue.CheckDeadline(1050), Is.True);
        Assert.That(Queue.CheckDeadline(1051), Is.True);
        Assert.That(journal.Lines, Has.Count.EqualTo(1));
        Assert.That(MemoryMarshal.Read<QuarantineRecord>(journal.Lines[0]), Is.EqualTo(new QuarantineRecord(0b11, 1050, AgentBench.Function.Value)));
    }

    [Test]
    public void Nothing_more_is_sent_in_quarantine_and_no_deadline_is_left_to_wait_for()
    {
        Queue.DeadlineCycles = 10;
        Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
        Queue.CheckDeadline(10);
        Queue.Enqueue(_pasid5, 0x2000, 0x2FFF);

        Assert.That(_bench.Port.Sent, Has.Count.EqualTo(1));
        Assert.That(Queue.NextDeadline, Is.EqualTo(ulong.MaxValue));
        Queue.Complete(1, 1);
        Assert.That(_bench.Port.Sent, Has.Count.EqualTo(1));
        Assert.That(Queue.NextDeadline, Is.EqualTo(ulong.MaxValue));
    }

    [Test]
    public void The_next_deadline_is_that_of_the_oldest_request_out()
    {
        Queue.DeadlineCycles = 100;
        Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
        _bench.Clock.Now = 30;
        Queue.Enqueue(_pasid5, 0x2000, 0x2FFF);
        Queue.Complete(1, 1);
        Assert.That(Queue.NextDeadline, Is.EqualTo(130));
        Queue.Complete(2, 1);
        Assert.That(Queue.NextDeadline, Is.EqualTo(ulong.MaxValue));
    }

    [Test]
    public void Tickets_are_done_in_whatever_order_the_device_completes()
    {
        var tickets = Enumerable.Range(0, 20).Select(i => Queue.Enqueue(_pasid5, (ulong)i << 12, (ulong)i << 12)).ToArray();
        int[] order = [19, 3, 0, 1, 2, 10, 18, 17, 4, 5, 16, 6, 15, 7, 14, 8, 13, 9, 12, 11];
        var done = new HashSet<int>();
        foreach (var index in order)
        {
            Queue.Complete(1u << index, 1);
            done.Add(index);
            Assert.That(tickets.Select(Queue.IsDone), Is.EqualTo(Enumerable.Range(0, 20).Select(done.Contains)));
        }

        Assert.That(Queue.IsIdle, Is.True);
    }

    [Test]
    public void More_than_64_ranges_may_wait()
    {
        Queue.Depth = 1;
        var tickets = Enumerable.Range(0, 300).Select(i => Queue.Enqueue(_pasid5, (ulong)i << 12, (ulong)i << 12)).ToArray();
        for (var i = 0; i < 300; i++)
        {
            Assert.That(Queue.IsDone(tickets[i]), Is.False);
            Queue.Complete(Queue.BusyTags, 1);
            Assert.That(Queue.IsDone(tickets[i]), Is.True);
        }

        Assert.That(_bench.Port.Invalidations().Select(sent => sent.Payload), Is.EqualTo(Enumerable.Range(0, 300).Select(i => (ulong)i << 12)));
    }

    [Test]
    public void Growing_while_old_ranges_are_half_sent_loses_nothing()
    {
        Queue.Depth = 4;
        var first = Queue.Enqueue(_pasid5, 0, 10 * 4096 - 1);
        var rest = Enumerable.Range(0, 130).Select(i => Queue.Enqueue(_pasid5, 0x1000000, 0x1000000)).ToArray();
        while (Queue.Outstanding > 0)
        {
            Queue.Complete(Queue.BusyTags & (uint)-(int)Queue.BusyTags, 1);
        }

        Assert.That(Queue.Completed, Is.EqualTo(140));
        Assert.That(Queue.IsDone(first), Is.True);
        Assert.That(rest.All(Queue.IsDone), Is.True);
    }

    [Test]
    public void Reset_forgets_what_was_out_and_ends_the_quarantine()
    {
        Queue.DeadlineCycles = 10;
        var ticket = Queue.Enqueue(_pasid5, 0, 100 * 4096 - 1);
        Queue.CheckDeadline(10);
        Queue.Reset();

        Assert.That(Queue.IsQuarantined, Is.False);
        Assert.That(Queue.IsDone(ticket), Is.True);
        Assert.That(Queue.IsIdle, Is.True);
        Assert.That(Queue.Outstanding, Is.Zero);
        var next = Queue.Enqueue(_pasid5, 0x1000, 0x1FFF);
        Assert.That(Queue.Outstanding, Is.EqualTo(1));
        Queue.Complete(Queue.BusyTags, 1);
        Assert.That(Queue.IsDone(next), Is.True);
    }

    [Test]
    public void Begin_and_end_of_each_range_are_journalled()
    {
        var begins = new KindCounter(JournalKind.InvalidationBegin);
        var ends = new KindCounter(JournalKind.InvalidationEnd);
        _bench.Journal.Subscribe(begins);
        _bench.Journal.Subscribe(ends);
        var ticket = Queue.Enqueue(_pasid5, 0x1000, 0x2FFF);
        Queue.Complete(0b01, 1);
        Assert.That(ends.Lines, Is.Empty);
        Queue.Complete(0b10, 1);

        Assert.That(MemoryMarshal.Read<InvalidationRecord>(begins.Lines.Single()), Is.EqualTo(new InvalidationRecord(ticket, 0x1000, 0x2FFF, 5, false, AgentBench.Function.Value)));
        Assert.That(MemoryMarshal.Read<InvalidationRecord>(ends.Lines.Single()).Ticket, Is.EqualTo(ticket));
    }

    [Test]
    public void The_steady_state_allocates_nothing()
    {
        var queue = new InvalidationQueue(new DeafPort(), AgentBench.Agent, _bench.Journal);
        Round(queue);
        var allocated = Allocation.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Round(queue);
            }
        });

        Assert.That(allocated, Is.Zero);
    }

    private static void Round(InvalidationQueue queue)
    {
        queue.Enqueue(_pasid5, 0x1000, 0x4FFF);
        queue.Complete(queue.BusyTags, 1);
        queue.CheckDeadline(0);
    }

    private sealed class DeafPort : ITlpPort
    {
        public void Send(ReadOnlySpan<byte> tlp, DownstreamClass order)
        {
        }
    }
}
