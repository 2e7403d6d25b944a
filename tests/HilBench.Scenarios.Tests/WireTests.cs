using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios.Tests;

/// <summary>The link: delays, and the ordering rules of PCIe.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WireTests : IDisposable
{
    private readonly RecordingDevice _device = new();
    private readonly Wire _wire;

    public WireTests() => _wire = NewWire(_device, seed: 1);

    public void Dispose() => _device.Dispose();

    [Test]
    public void A_tlp_is_handed_over_for_the_cycle_one_latency_after_it_was_sent()
    {
        _wire.Timing.LatencyCycles = 16;
        Send(1, DownstreamClass.Posted);
        RunTo(10);
        Send(2, DownstreamClass.Posted);
        RunTo(100);

        Assert.That(Taken(), Is.EqualTo(new[] { (16UL, 1), (26UL, 2) }));
    }

    [Test]
    public void A_class_of_its_own_delay_arrives_so_much_later()
    {
        _wire.Timing[DownstreamClass.TranslationCompletion] = 30;
        Send(1, DownstreamClass.TranslationCompletion);
        Send(2, DownstreamClass.ReadCompletion);
        RunTo(100);

        Assert.That(Taken(), Is.EqualTo(new[] { (16UL, 2), (46UL, 1) }));
    }

    [TestCase(DownstreamClass.TranslationCompletion)]
    [TestCase(DownstreamClass.ReadCompletion)]
    [TestCase(DownstreamClass.NonPosted)]
    public void A_posted_request_passes_what_is_slower(DownstreamClass slow)
    {
        _wire.Timing[slow] = 50;
        Send(1, slow);
        Send(2, DownstreamClass.Posted);
        Send(3, DownstreamClass.InvalidateRequest);
        RunTo(100);

        Assert.That(Taken().Select(taken => taken.Id), Is.EqualTo(new[] { 2, 3, 1 }));
    }

    [TestCase(DownstreamClass.TranslationCompletion, DownstreamClass.Posted)]
    [TestCase(DownstreamClass.ReadCompletion, DownstreamClass.Posted)]
    [TestCase(DownstreamClass.NonPosted, DownstreamClass.Posted)]
    [TestCase(DownstreamClass.TranslationCompletion, DownstreamClass.InvalidateRequest)]
    [TestCase(DownstreamClass.NonPosted, DownstreamClass.InvalidateRequest)]
    public void Nothing_passes_a_posted_request_that_was_sent_before(DownstreamClass later, DownstreamClass posted)
    {
        _wire.Timing[posted] = 50;
        Send(1, posted);
        Send(2, later);
        RunTo(100);

        Assert.That(Taken(), Is.EqualTo(new[] { (66UL, 1), (66UL, 2) }));
    }

    [TestCase(DownstreamClass.Posted)]
    [TestCase(DownstreamClass.NonPosted)]
    [TestCase(DownstreamClass.ReadCompletion)]
    [TestCase(DownstreamClass.TranslationCompletion)]
    [TestCase(DownstreamClass.InvalidateRequest)]
    public void One_class_stays_in_order_whatever_the_jitter(DownstreamClass order)
    {
        _wire.Timing.JitterCycles = 100;
        for (var id = 0; id < 100; id++)
        {
            Send(id, order);
        }

        RunTo(1000);
        Assert.That(Taken().Select(taken => taken.Id), Is.EqualTo(Enumerable.Range(0, 100)));
    }

    [Test]
    public void Posted_requests_stay_in_order_among_themselves_also_when_one_is_an_invalidation()
    {
        _wire.Timing[DownstreamClass.InvalidateRequest] = 40;
        Send(1, DownstreamClass.InvalidateRequest);
        Send(2, DownstreamClass.Posted);
        RunTo(100);
        Assert.That(Taken(), Is.EqualTo(new[] { (56UL, 1), (56UL, 2) }));
    }

    [Test]
    public void Jitter_is_a_function_of_the_seed()
    {
        var first = Jittered(seed: 5);
        Assert.That(Jittered(seed: 5), Is.EqualTo(first));
        Assert.That(Jittered(seed: 6), Is.Not.EqualTo(first));
        Assert.That(first, Has.All.InRange(16UL, 16UL + 40));
    }

    [Test]
    public void Held_completions_wait_for_the_release_and_posted_requests_pass_them()
    {
        _wire.IsHoldingTranslations = true;
        _wire.IsHoldingReads = true;
        Send(1, DownstreamClass.TranslationCompletion);
        Send(2, DownstreamClass.ReadCompletion);
        Send(3, DownstreamClass.InvalidateRequest);
        RunTo(1000);
        Assert.That(Taken(), Is.EqualTo(new[] { (16UL, 3) }));
        Assert.That(_wire.HeldCount, Is.EqualTo(2));

        _wire.Release(afterCycles: 200);
        RunTo(2000);
        Assert.That(Taken(), Is.EqualTo(new[] { (16UL, 3), (1200UL, 1), (1200UL, 2) }));
        Assert.That(_wire.HeldCount, Is.Zero);
        Assert.That(_wire.IsHoldingTranslations || _wire.IsHoldingReads, Is.False);
    }

    [Test]
    public void Only_the_class_that_is_held_is_held()
    {
        _wire.IsHoldingTranslations = true;
        Send(1, DownstreamClass.TranslationCompletion);
        Send(2, DownstreamClass.ReadCompletion);
        RunTo(100);
        Assert.That(Taken(), Is.EqualTo(new[] { (16UL, 2) }));
    }

    [Test]
    public void A_release_takes_the_wire_latency_at_least()
    {
        _wire.IsHoldingReads = true;
        Send(1, DownstreamClass.ReadCompletion);
        RunTo(100);
        _wire.Release();
        RunTo(200);
        Assert.That(Taken(), Is.EqualTo(new[] { (116UL, 1) }));
    }

    [Test]
    public void A_release_keeps_what_a_class_takes_longer()
    {
        _wire.IsHoldingReads = true;
        _wire.IsHoldingTranslations = true;
        Send(1, DownstreamClass.TranslationCompletion);
        Send(2, DownstreamClass.ReadCompletion);
        RunTo(100);
        _wire.Timing[DownstreamClass.TranslationCompletion] = 7;
        _wire.Release();
        RunTo(200);
        Assert.That(Taken(), Is.EqualTo(new[] { (116UL, 2), (123UL, 1) }));
    }

    [Test]
    public void Delivery_of_completions_and_invalidations_is_journalled_in_its_cycle()
    {
        var lines = new Lines();
        var journal = new EventJournal(_wire);
        journal.Subscribe(lines);
        _wire.Connect(journal, RootFor(_wire, journal));
        Send(1, DownstreamClass.TranslationCompletion);
        Send(2, DownstreamClass.InvalidateRequest);
        RunTo(100);

        Assert.That(lines.Seen, Is.EqualTo(new[]
        {
            (0UL, JournalKind.TlpToDevice), (0UL, JournalKind.TlpToDevice),
            (16UL, JournalKind.TlpDelivered), (16UL, JournalKind.TlpDelivered),
        }));
    }

    [Test]
    public void What_the_device_sends_is_taken_in_the_cycle_in_which_it_was_complete()
    {
        var lines = new Lines();
        var journal = new EventJournal(_wire);
        journal.Subscribe(lines);
        _wire.Connect(journal, RootFor(_wire, journal));
        _device.Emit([1, 2, 3, 4], 40);
        Assert.That(_wire.Step(1000), Is.True);

        Assert.That(lines.Seen, Is.EqualTo(new[] { (40UL, JournalKind.TlpFromDevice) }));
        Assert.That(_wire.ReceivedFromDevice, Is.EqualTo(1));
        Assert.That(_wire.Now, Is.InRange(40UL, 40UL + 15), "the device ran ahead by less than a latency");
    }

    [Test]
    public void Random_traffic_arrives_complete_in_time_and_in_the_order_that_pcie_allows()
    {
        var choice = new SeededChoice(99);
        DownstreamClass[] classes =
        [
            DownstreamClass.Posted, DownstreamClass.NonPosted, DownstreamClass.ReadCompletion,
            DownstreamClass.TranslationCompletion, DownstreamClass.InvalidateRequest,
        ];
        var sent = new List<DownstreamClass>();
        _wire.Timing.JitterCycles = 60;
        for (var id = 0; id < 400; id++)
        {
            sent.Add(classes[choice.Below((ulong)classes.Length)]);
            Send(id, sent[^1]);
            _wire.Step(_wire.Now + choice.Below(12));
        }

        RunTo(20_000);
        var arrival = Taken().Select((taken, index) => (taken.Id, index)).ToDictionary(pair => pair.Id, pair => pair.index);
        Assert.That(arrival, Has.Count.EqualTo(400));
        for (var early = 0; early < 400; early++)
        {
            for (var late = early + 1; late < 400; late++)
            {
                var isOrdered = IsPosted(sent[early]) || sent[early] == sent[late];
                Assert.That(!isOrdered || arrival[early] < arrival[late], Is.True, $"{sent[late]} {late} passed {sent[early]} {early}");
            }
        }
    }

    [Test]
    public void A_reset_loses_what_is_under_way_and_delays_nothing_after_it()
    {
        _wire.Timing[DownstreamClass.Posted] = 5000;
        Send(1, DownstreamClass.Posted);
        _wire.IsHoldingReads = true;
        Send(2, DownstreamClass.ReadCompletion);
        _wire.Reset(ResetKind.Fundamental);
        _wire.IsHoldingReads = false;
        _wire.Timing[DownstreamClass.Posted] = 0;
        Send(3, DownstreamClass.Posted);
        Send(4, DownstreamClass.NonPosted);
        RunTo(10_000);
        _wire.Release();
        RunTo(20_000);
        Assert.That(Taken(), Is.EqualTo(new[] { (16UL, 3), (16UL, 4) }));
    }

    private static bool IsPosted(DownstreamClass order) => order is DownstreamClass.Posted or DownstreamClass.InvalidateRequest;

    private static ulong[] Jittered(ulong seed)
    {
        using var device = new RecordingDevice();
        var wire = NewWire(device, seed);
        wire.Timing.JitterCycles = 40;
        for (var id = 0; id < 20; id++)
        {
            wire.Send(new byte[12], DownstreamClass.Posted);
        }

        while (wire.Now < 200)
        {
            wire.Step(200);
        }

        return [.. device.Taken.Select(taken => taken.Cycle)];
    }

    private static Wire NewWire(RecordingDevice device, ulong seed)
    {
        var wire = new Wire(device, new SeededChoice(seed));
        var journal = new EventJournal(wire);
        wire.Connect(journal, RootFor(wire, journal));
        return wire;
    }

    private static RootPort RootFor(Wire wire, EventJournal journal)
    {
        var agent = RequesterId.From(0, 1, 0);
        return new RootPort(
            wire, new PhysicalMemory(1 << 20), new PasidTable(journal), new InvalidationQueue(wire, agent, journal), agent, journal);
    }

    private void Send(int id, DownstreamClass order) => _wire.Send(BitConverter.GetBytes(id), order);

    private void RunTo(ulong cycle)
    {
        while (_wire.Now < cycle)
        {
            _wire.Step(cycle);
        }
    }

    private (ulong Cycle, int Id)[] Taken() => [.. _device.Taken.Select(taken => (taken.Cycle, BitConverter.ToInt32(taken.Tlp)))];

    private sealed class Lines : IJournalObserver
    {
        public List<(ulong Time, JournalKind Kind)> Seen { get; } = [];

        public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload) => Seen.Add((time, kind));
    }
}
