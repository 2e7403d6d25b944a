using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.TranslationAgent.Tests;

/// <summary>One address space under one PASID: what its notifier calls become.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SvaBindingTests
{
    private const ulong Va = 0x4000_0000;
    private static readonly Pasid _pasid = new(9);
    private readonly AgentBench _bench = new();

    [Test]
    public void A_pasid_stands_for_the_address_space_it_was_bound_to_last()
    {
        var bindings = new KindCounter(JournalKind.PasidBinding);
        _bench.Journal.Subscribe(bindings);
        var one = _bench.Kernel.CreateAddressSpace();
        var other = _bench.Kernel.CreateAddressSpace();
        var function = AgentBench.Function.Value;
        _bench.Pasids.Bind(_pasid, one);
        _bench.Pasids.Bind(null, other);

        Assert.That(_bench.Pasids.Find(_pasid), Is.SameAs(one));
        Assert.That(_bench.Pasids.Find(null), Is.SameAs(other));
        Assert.That(_bench.Pasids.Find(new Pasid(0)), Is.Null, "PASID 0 is not 'no PASID'");
        Assert.That(_bench.Pasids.All.Select(bound => (bound.Key, bound.Value.Id)), Is.EquivalentTo(new[] { (9u, one.Id), (uint.MaxValue, other.Id) }));
        Assert.That(_bench.Pasids.IsBound(other.Id, out var found), Is.True);
        Assert.That(found, Is.SameAs(other));

        _bench.Pasids.Bind(_pasid, other);
        Assert.That(_bench.Pasids.Find(_pasid), Is.SameAs(other));
        Assert.That(_bench.Pasids.IsBound(one.Id, out _), Is.False);
        _bench.Pasids.Bind(_pasid, null);
        Assert.That(_bench.Pasids.Find(_pasid), Is.Null);
        Assert.That(
            bindings.Lines.Select(line => MemoryMarshal.Read<PasidBindingRecord>(line)),
            Is.EqualTo(new PasidBindingRecord[]
            {
                new(9, one.Id, function), new(uint.MaxValue, other.Id, function), new(9, other.Id, function), new(9, 0, function),
            }));
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.6")]
    [TestCase("linux-6.12")]
    public void Munmap_invalidates_its_range_and_returns_only_after_the_completions(string profile)
    {
        var bench = new AgentBench(KernelProfile.Find(profile));
        var space = bench.Kernel.CreateAddressSpace();
        var binding = new SvaBinding(space, _pasid, bench.Pasids, bench.Queue);
        space.Register(binding).RunToEnd();
        binding.Install();
        AgentBench.MapTouched(space, 0x10000, Va);
        var before = bench.Port.Invalidations().Count;
        var munmap = space.Munmap(VirtualRange.OfSize(new VirtualAddress(Va + 0x2000), 0x3000));
        for (var i = 0; i < 1000 && !munmap.IsFinished; i++)
        {
            munmap.Steps.MoveNext();
        }

        Assert.That(munmap.IsFinished, Is.False, "the device has not completed yet");
        Assert.That(binding.IsSettled, Is.False);
        var covered = new HashSet<ulong>();
        while (!munmap.IsFinished)
        {
            bench.Queue.Complete(bench.Queue.BusyTags, 1);
            munmap.Steps.MoveNext();
        }

        foreach (var (_, payload, pasid) in bench.Port.Invalidations().Skip(before))
        {
            Assert.That(pasid, Is.EqualTo(_pasid));
            covered.Add(AtsRange.Decode(payload).Base);
        }

        Assert.That(covered, Is.SupersetOf(new[] { Va + 0x2000, Va + 0x3000, Va + 0x4000 }));
        Assert.That(binding.IsSettled, Is.True);
    }

    [Test]
    public void It_is_settled_only_when_all_its_invalidations_are_done_in_whatever_order()
    {
        var binding = NewBinding();
        binding.InvalidateSecondaryTlb(new VirtualAddress(0x1000), new VirtualAddress(0x2000));
        binding.InvalidateSecondaryTlb(new VirtualAddress(0x5000), new VirtualAddress(0x6000));

        _bench.Queue.Complete(0b10, 1);
        Assert.That(binding.IsSettled, Is.False, "the first one is still out: another CPU waits for it");
        _bench.Queue.Complete(0b01, 1);
        Assert.That(binding.IsSettled, Is.True);
    }

    [Test]
    public void An_end_of_all_ones_is_the_whole_address_space()
    {
        NewBinding().InvalidateSecondaryTlb(new VirtualAddress(0), new VirtualAddress(ulong.MaxValue));
        Assert.That(_bench.Port.Invalidations(), Is.EqualTo(new (int, ulong, Pasid?)[] { (0, 0x7ffffffffffff800, _pasid) }));
    }

    [Test]
    public void The_end_is_exclusive()
    {
        NewBinding().InvalidateSecondaryTlb(new VirtualAddress(0x1000), new VirtualAddress(0x3000));
        Assert.That(_bench.Port.Invalidations().Select(sent => sent.Payload), Is.EqualTo(new[] { 0x1000UL, 0x2000UL }));
    }

    [Test]
    public void Release_unbinds_the_pasid_before_it_invalidates_everything()
    {
        var order = new KindOrder();
        var binding = NewBinding();
        _bench.Journal.Subscribe(order);
        binding.Release();

        Assert.That(_bench.Pasids.Find(_pasid), Is.Null);
        Assert.That(order.Kinds, Is.EqualTo(new[] { JournalKind.PasidBinding, JournalKind.InvalidationBegin }));
        Assert.That(_bench.Port.Invalidations().Select(sent => sent.Payload), Is.EqualTo(new[] { 0x7ffffffffffff800UL }));
        Assert.That(binding.IsSettled, Is.False);
        _bench.Queue.Complete(1, 1);
        Assert.That(binding.IsSettled, Is.True);
    }

    [Test]
    public void Quarantine_lets_the_host_go_on()
    {
        _bench.Queue.DeadlineCycles = 10;
        var binding = NewBinding();
        binding.InvalidateSecondaryTlb(new VirtualAddress(0x1000), new VirtualAddress(0x2000));
        _bench.Queue.CheckDeadline(10);
        Assert.That(binding.IsSettled, Is.True);
    }

    [Test]
    public void A_global_binding_sets_the_global_bit()
    {
        var binding = NewBinding();
        binding.IsGlobal = true;
        binding.InvalidateSecondaryTlb(new VirtualAddress(0x1000), new VirtualAddress(0x2000));
        Assert.That(_bench.Port.Invalidations().Single().Payload, Is.EqualTo(0x1001));
    }

    [Test]
    public void A_deaf_binding_swallows_notifier_calls_but_not_the_release()
    {
        var binding = NewBinding();
        binding.IsDeaf = true;
        binding.InvalidateSecondaryTlb(new VirtualAddress(0x1000), new VirtualAddress(0x2000));
        Assert.That(_bench.Port.Sent, Is.Empty);
        Assert.That(binding.IsSettled, Is.True);
        binding.Release();
        Assert.That(_bench.Port.Sent, Has.Count.EqualTo(1));
    }

    private SvaBinding NewBinding() => new(_bench.Kernel.CreateAddressSpace(), _pasid, _bench.Pasids, _bench.Queue);

    private sealed class KindOrder : IJournalObserver
    {
        public List<JournalKind> Kinds { get; } = [];

        public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload) => Kinds.Add(kind);
    }
}
