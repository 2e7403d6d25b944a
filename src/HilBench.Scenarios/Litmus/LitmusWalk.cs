using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// One random run of a litmus test: at each step chance decides which thread moves, how far, and how long the device runs in
/// between. Threads are often stopped for long, and sometimes everything waits for the device.
/// </summary>
/// <param name="run">After its setup.</param>
/// <param name="choice">Decides.</param>
internal sealed class LitmusWalk(LitmusRun run, SeededChoice choice)
{
    private const int DeviceCyclesMax = 200;
    private const int BurstMax = 24;
    private const int MovesMax = 200_000;

    /// <summary>Runs all threads to their end, or until nobody can move any more.</summary>
    /// <exception cref="BenchException">The test does not end.</exception>
    public LitmusOutcome Walk()
    {
        var device = choice.Between(5, 60);
        for (var moves = 0; !run.HasEnded; moves++)
        {
            if (moves > MovesMax)
            {
                throw new BenchException(BenchLayer.Host, $"'{run.Program.Name}' does not end", "A thread waits in a loop that nobody helps.");
            }

            var movable = run.Threads.Where(thread => thread.CanMove).ToList();
            if (movable.Count == 0)
            {
                if (!WaitForDevice())
                {
                    break;
                }
            }
            else if (choice.Chance(device))
            {
                run.Bench.RunCycles(1 + choice.Below(DeviceCyclesMax));
            }
            else
            {
                Burst(movable[(int)choice.Below((ulong)movable.Count)]);
            }
        }

        run.Settle();
        return run.Outcome();
    }

    private void Burst(LitmusThread thread)
    {
        for (var left = 1 + choice.Below(BurstMax); left > 0 && thread.CanMove; left--)
        {
            thread.Move();
        }
    }

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
