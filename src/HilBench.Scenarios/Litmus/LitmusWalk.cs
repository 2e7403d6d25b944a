using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// One random run of a litmus test. Every thread, and the device, has a priority by chance, and whoever can move and has the
/// highest one moves; at a few moments, by chance too, the one that moves gets the lowest. So a thread often stands still for
/// as long as the others need, which is what races want.
/// </summary>
/// <remarks>After "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs" (PCT).</remarks>
/// <param name="run">After its setup.</param>
/// <param name="choice">Decides.</param>
internal sealed class LitmusWalk(LitmusRun run, SeededChoice choice)
{
    private const int DeviceCyclesMax = 120;
    private const int ChangesMax = 4;
    private const int MovesGuessedLog2 = 7;
    private const int JitterMax = 200;
    private const int MovesMax = 200_000;

    private readonly List<LitmusThread?> _byPriority = [];
    private readonly HashSet<int> _changes = [];

    /// <summary>Runs all threads to their end, or until nobody can move any more.</summary>
    /// <exception cref="BenchException">The test does not end.</exception>
    public LitmusOutcome Walk()
    {
        Draw();
        run.Bench.Wire.Timing.JitterCycles = choice.Chance(50) ? choice.Between(0, JitterMax) : 0;
        for (var moves = 0; !run.HasEnded; moves++)
        {
            if (moves > MovesMax)
            {
                throw new BenchException(BenchLayer.Host, $"'{run.Program.Name}' does not end", "A thread waits in a loop that nobody helps.");
            }

            var index = _byPriority.FindIndex(CanMove);
            if (index < 0)
            {
                if (!WaitForDevice())
                {
                    break;
                }

                continue;
            }

            var mover = _byPriority[index];
            if (_changes.Contains(moves))
            {
                _byPriority.RemoveAt(index);
                _byPriority.Add(mover);
            }
            else if (mover is null)
            {
                run.Bench.RunCycles(1 + choice.Below(DeviceCyclesMax));
            }
            else
            {
                mover.Move();
            }
        }

        run.Settle();
        return run.Outcome();
    }

    // Null stands for the device.
    private void Draw()
    {
        foreach (var thread in run.Threads.Append(null))
        {
            _byPriority.Insert((int)choice.Below((ulong)_byPriority.Count + 1), thread);
        }

        var length = 1 << choice.Between(3, MovesGuessedLog2);
        for (var left = choice.Between(0, ChangesMax); left > 0; left--)
        {
            _changes.Add(choice.Between(0, length));
        }
    }

    private bool CanMove(LitmusThread? thread) => thread?.CanMove
        ?? (run.Bench.Exerciser.Running > 0 || !run.Bench.AreInvalidationsIdle);

    // False: the device came to rest and nobody can go on.
    private bool WaitForDevice()
    {
        var bench = run.Bench;
        var deadline = bench.Wire.Now + bench.Options.DeadlineCycles;
        while (bench.Wire.Now < deadline && !run.Threads.Any(thread => thread.CanMove))
        {
            bench.WaitForDevice();
        }

        return run.Threads.Any(thread => thread.CanMove);
    }
}
