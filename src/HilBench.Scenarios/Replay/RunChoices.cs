using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Makes the choices of a run: from a seed, or as they were recorded. What a record does not say any more is the
/// simplest: the branch that moved last goes on as long as it can, and nothing is delayed.
/// </summary>
/// <param name="choice">The run's seed.</param>
/// <param name="replayed">Choices to repeat; null: the seed decides.</param>
/// <param name="recorded">Takes down what is chosen; null: nobody asks.</param>
public sealed class RunChoices(SeededChoice choice, ChoiceRecord? replayed, ChoiceRecord? recorded)
{
    private readonly SeededChoice _steps = choice.Child("scenario");
    private readonly SeededChoice _wire = choice.Child("wire");
    private int _turn;
    private int _delay;
    private int _data;
    private int _last;
    private int _cycles;

    /// <summary>Which branch moves next.</summary>
    /// <param name="running">Branches that have not ended, in ascending order.</param>
    /// <param name="canMove">Whether the branch at an index of <paramref name="running"/> is not known to wait.</param>
    /// <returns>An index of <paramref name="running"/>.</returns>
    public int NextBranch(IReadOnlyList<int> running, Func<int, bool> canMove)
    {
        var index = replayed is null ? (int)_steps.Below((ulong)running.Count) : Repeated(running, canMove);
        recorded?.Turns.Add(new Turn(running[index], 0));
        return index;
    }

    /// <summary>How many cycles the device gets before the next turn.</summary>
    /// <param name="max">At most.</param>
    public ulong NextCycles(int max)
    {
        var cycles = replayed is null ? (int)_steps.Below((ulong)max + 1) : _cycles;
        if (recorded is not null && cycles > 0)
        {
            recorded.Turns[^1] = recorded.Turns[^1] with { Cycles = cycles };
        }

        return (ulong)cycles;
    }

    /// <summary>Data of a DMA operation.</summary>
    public uint NextData()
    {
        var data = replayed is not null && _data < replayed.Data.Count ? replayed.Data[_data++] : (uint)_steps.NextBits();
        recorded?.Data.Add(data);
        return data;
    }

    /// <summary>How many cycles longer a TLP takes.</summary>
    /// <param name="max">At most.</param>
    public ulong NextDelay(int max)
    {
        var delay = replayed is null ? (int)_wire.Below((ulong)max + 1)
            : _delay < replayed.Delays.Count ? Math.Min(replayed.Delays[_delay++], max)
            : 0;
        recorded?.Delays.Add(delay);
        return (ulong)delay;
    }

    private int Repeated(IReadOnlyList<int> running, Func<int, bool> canMove)
    {
        var isKnown = _turn < replayed!.Turns.Count;
        var turn = isKnown ? replayed.Turns[_turn++] : new Turn(_last, 0);
        _cycles = turn.Cycles;
        for (var i = 0; i < running.Count; i++)
        {
            if (running[i] == turn.Branch && (isKnown || canMove(i)))
            {
                _last = running[i];
                return i;
            }
        }

        return NextInOrder(running, canMove);
    }

    private int NextInOrder(IReadOnlyList<int> running, Func<int, bool> canMove)
    {
        var first = 0;
        while (first < running.Count && running[first] <= _last)
        {
            first++;
        }

        for (var i = 0; i < running.Count; i++)
        {
            var index = (first + i) % running.Count;
            if (canMove(index))
            {
                _last = running[index];
                return index;
            }
        }

        _last = running[first % running.Count];
        return first % running.Count;
    }
}
