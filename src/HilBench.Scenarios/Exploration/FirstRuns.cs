using System.Numerics;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Runs of a litmus test from its start to an end that go before the search: all in which one thread is preempted once, for the others
/// to run as far as they can, while link and device are quick; then some by chance, every second one with priorities that
/// change now and then (probabilistic concurrency testing).
/// </summary>
/// <param name="machine">Stands at the start, and does again afterwards.</param>
/// <param name="choice">All chance comes from it.</param>
internal sealed class FirstRuns(LitmusMachine machine, SeededChoice choice)
{
    private const int MovesMax = 20_000;
    private const int PreemptedAfterMax = 200;
    private const int ByChance = 200;
    private const int Changes = 3;
    private const int Kinds = 64;
    private readonly Dictionary<string, (LitmusOutcome Outcome, List<Move> Moves, int Runs)> _seen = [];
    private readonly List<Move> _moves = [];
    private readonly ulong[] _priorities = new ulong[Kinds];
    private int _longest = 1;

    /// <summary>Outcomes with the shortest run that had each; schedules are runs.</summary>
    public IEnumerable<ExploredOutcome> Outcomes(Func<IEnumerable<Move>, IReadOnlyList<string>> scheduleOf) => _seen.Values
        .Select(seen => new ExploredOutcome(seen.Outcome.Text, seen.Outcome.Verdict, 0, seen.Runs, scheduleOf(seen.Moves)));

    /// <summary>Makes them.</summary>
    public void Make()
    {
        foreach (var order in OrdersOf(machine.Run.Threads.Count))
        {
            var (after, made) = (0, 0);
            do
            {
                made = PreemptOnce(order, after++);
            }
            while (made == after - 1 && after < PreemptedAfterMax);
        }

        for (var run = 0; run < ByChance; run++)
        {
            ByChanceOnce(hasPriorities: run % 2 == 1);
        }
    }

    /// <summary>The number of moves that the first of these threads made before it was preempted.</summary>
    private int PreemptOnce(int[] order, int after)
    {
        Array.Fill(_priorities, (ulong)Kinds);
        for (var i = 0; i < order.Length; i++)
        {
            _priorities[order[i]] = (ulong)(Kinds - 1 - i);
        }

        var made = 0;
        Run(moves =>
        {
            if (made == after)
            {
                _priorities[order[0]] = 0;
            }

            var move = Highest(moves);
            made += move.Kind == MoveKind.Thread && move.First == order[0] && made < after ? 1 : 0;
            return move;
        });
        return made;
    }

    private void ByChanceOnce(bool hasPriorities)
    {
        for (var i = 0; i < Kinds; i++)
        {
            _priorities[i] = Changes + choice.Below(1UL << 32);
        }

        var changes = Enumerable.Range(0, Changes).Select(_ => (int)choice.Below((ulong)_longest)).ToArray();
        Run(moves =>
        {
            if (!hasPriorities)
            {
                return moves[(int)choice.Below((ulong)moves.Count)];
            }

            if (Array.IndexOf(changes, _moves.Count) is var change and >= 0)
            {
                _priorities[IndexOf(Highest(moves))] = (ulong)change;
            }

            return Highest(moves);
        });
    }

    private void Run(Func<IReadOnlyList<Move>, Move> next)
    {
        _moves.Clear();
        while (_moves.Count < MovesMax && machine.Moves() is { Count: > 0 } moves)
        {
            var move = next(moves);
            machine.Apply(move);
            _moves.Add(move);
        }

        _longest = Math.Max(_longest, _moves.Count);
        if (_moves.Count < MovesMax)
        {
            Remember(machine.Run.Outcome());
        }

        machine.Restore();
    }

    private Move Highest(IReadOnlyList<Move> moves) => moves.MaxBy(move => _priorities[IndexOf(move)]);

    private static int IndexOf(Move move) => BitOperations.TrailingZeroCount(MoveSet.BitOf(move));

    private static IEnumerable<int[]> OrdersOf(int threads) => threads == 0
        ? [[]]
        : OrdersOf(threads - 1).SelectMany(order => Enumerable.Range(0, threads).Select(at => (int[])[.. order[..at], threads - 1, .. order[at..]]));

    private void Remember(LitmusOutcome outcome)
    {
        var known = _seen.GetValueOrDefault(outcome.Text, (outcome, [.. _moves], 0));
        _seen[outcome.Text] = (outcome, known.Moves.Count <= _moves.Count ? known.Moves : [.. _moves], known.Runs + 1);
    }
}
