using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>A host and a device that went back do again what they did, to the last journal line.</summary>
public sealed class CheckpointTests
{
    [TestCaseSource(typeof(ExplorationBench), nameof(ExplorationBench.Devices))]
    public void From_many_points_the_same_moves_write_the_same_journal_and_end_in_the_same_state(string uri)
    {
        using var device = ExplorationBench.Open(uri);
        var machine = new LitmusMachine(ExplorationBench.Load("L1a"), device, new BenchOptions());
        var choice = new SeededChoice(7);
        for (var point = 0; point < 40; point++)
        {
            machine.Save();
            var moves = new List<Move>();
            var first = RunOn(machine, moves, choice);

            machine.Restore();
            var second = Again(machine, moves);

            Assert.That(second.Hash, Is.EqualTo(first.Hash), $"point {point}");
            Assert.That(second.Journal, Is.EqualTo(first.Journal), $"point {point}");
            machine.Restore();
            for (var i = 0; i < 2 && machine.Moves() is { Count: > 0 } next; i++)
            {
                machine.Apply(next[(int)choice.Below((ulong)next.Count)]);
            }
        }
    }

    [TestCase("findings != 0", false, TestName = "States that differ in what the validator found are two where the test asks for it")]
    [TestCase("r1 = 9", true, TestName = "States that differ in what the validator found are one where the test does not ask")]
    public void What_the_validator_remembers(string forbidden, bool isOne)
    {
        using var device = ExplorationBench.Open("model:");
        var program = LitmusBench.Parse("T0 {\n r1 = read A\n}", conditions: $"forbidden {forbidden}");
        var machine = new LitmusMachine(program, device, new BenchOptions());
        machine.Save();
        var before = machine.Hash();

        machine.Bench.Kernel.Validator.OnCallbackGoesOn(new CpuContext(0));
        machine.Bench.Kernel.Validator.OnUseAfterFree(1, new(0), new(4096));
        machine.Save();

        Assert.That(machine.Hash() == before, Is.EqualTo(isOne));
    }

    [Test]
    public void Saves_nest_and_the_last_is_dropped_first()
    {
        using var device = ExplorationBench.Open("model:");
        var machine = new LitmusMachine(ExplorationBench.Load("L22a"), device, new BenchOptions());
        machine.Save();
        var start = machine.Hash();
        Move(machine, 6);
        machine.Save();
        var middle = machine.Hash();
        Move(machine, 6);
        machine.Save();
        var end = machine.Hash();

        Assert.That(end, Is.Not.EqualTo(middle));
        machine.Drop();
        machine.Restore();
        Assert.That(machine.Hash(), Is.EqualTo(middle));
        Move(machine, 6);
        machine.Save();
        Assert.That(machine.Hash(), Is.EqualTo(end));
        machine.Drop();
        machine.Drop();
        machine.Restore();
        machine.Save();
        Assert.That(machine.Hash(), Is.EqualTo(start));
    }

    [Test]
    public void A_half_run_iterator_goes_on_from_where_it_was()
    {
        var counter = new Counter();
        var heap = new HeapCheckpoint([], counter);
        counter.Steps.MoveNext();
        heap.Save();
        counter.Steps.MoveNext();
        counter.Seen.Add("x", 1);
        counter.Texts[0] = "changed";
        heap.Moved();

        heap.Restore();

        Assert.That(counter.Steps.Current, Is.EqualTo(1));
        Assert.That(counter.Seen, Is.Empty);
        Assert.That(counter.Texts[0], Is.EqualTo("first"));
        Assert.That(counter.Steps.MoveNext(), Is.True);
        Assert.That(counter.Steps.Current, Is.EqualTo(2));
    }

    [Test]
    public void When_nothing_has_run_since_a_save_was_dropped_what_it_had_saved_goes_back()
    {
        var counter = new Counter();
        var heap = new HeapCheckpoint([], counter);
        heap.Save();
        counter.Texts[0] = "one";
        heap.Moved();
        heap.Save();
        counter.Seen.Add("x", 1);
        heap.Moved();
        heap.Save();
        heap.Drop();
        heap.Drop();

        heap.Restore();

        Assert.That(counter.Texts[0], Is.EqualTo("first"));
        Assert.That(counter.Seen, Is.Empty);
    }

    [Test]
    public void Two_ways_to_one_form_have_one_hash_and_another_form_has_another()
    {
        var counter = new Counter();
        var heap = new HeapCheckpoint([], counter);
        heap.Save();
        counter.Seen.Add("x", 1);
        counter.Link = new Node { Value = 5, Next = new Node { Value = 6 } };
        var first = HashOf(heap);
        heap.Restore();
        var late = new Node { Value = 6 };
        counter.Link = new Node { Value = 4, Next = late };
        counter.Seen.Add("x", 1);
        counter.Link.Value = 5;
        var second = HashOf(heap);
        late.Next = counter.Link;
        var third = HashOf(heap);

        Assert.That(second, Is.EqualTo(first));
        Assert.That(third, Is.Not.EqualTo(first));
    }

    private static UInt128 HashOf(HeapCheckpoint heap)
    {
        heap.Save();
        var hash = heap.Hash();
        heap.Drop();
        return hash;
    }

    private static void Move(LitmusMachine machine, int moves)
    {
        for (var i = 0; i < moves; i++)
        {
            machine.Apply(machine.Moves()[0]);
        }
    }

    private static (UInt128 Hash, string Journal) RunOn(LitmusMachine machine, List<Move> moves, SeededChoice choice)
    {
        var from = machine.Bench.Journal.Count;
        for (var i = 0; i < 25 && machine.Moves() is { Count: > 0 } next; i++)
        {
            moves.Add(next[(int)choice.Below((ulong)next.Count)]);
            machine.Apply(moves[^1]);
        }

        return Sight(machine, from);
    }

    private static (UInt128 Hash, string Journal) Again(LitmusMachine machine, List<Move> moves)
    {
        var from = machine.Bench.Journal.Count;
        moves.ForEach(machine.Apply);
        return Sight(machine, from);
    }

    private static (UInt128 Hash, string Journal) Sight(LitmusMachine machine, ulong from)
    {
        var journal = machine.Bench.Journal;
        var lines = new List<string>();
        for (var i = from; i < journal.Count; i++)
        {
            ref readonly var entry = ref journal[i];
            lines.Add($"{entry.Sequence} {entry.Time} {entry.Kind} {Convert.ToHexString(entry.Payload)}");
        }

        machine.Save();
        var hash = machine.Hash();
        machine.Drop();
        return (hash, string.Join('\n', lines));
    }

    private sealed class Counter
    {
        public Counter() => Steps = Count().GetEnumerator();

        public IEnumerator<int> Steps { get; }

        public Dictionary<string, int> Seen { get; } = [];

        public string[] Texts { get; } = ["first", "second"];

        public Node? Link { get; set; }

        private static IEnumerable<int> Count()
        {
            for (var i = 1; i < 4; i++)
            {
                yield return i;
            }
        }
    }

    private sealed class Node
    {
        public int Value { get; set; }

        public Node? Next { get; set; }
    }
}
