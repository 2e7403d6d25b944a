using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>Steps that hold other steps.</summary>
internal static class ControlSteps
{
    /// <summary>How the message about a random program that does not end begins.</summary>
    public const string Endless = "the branches run without end";

    /// <summary>A branch that waits for the same lock so often in a row, while all others wait for locks, too, waits for ever.</summary>
    private const int TriesMax = 3;

    /// <summary>Far more turns than any random program needs.</summary>
    private const int TurnsMax = 300_000;

    /// <summary>
    /// Runs steps several times, or as long as other branches have something to do. The name "i" is the round, from 0, times the
    /// stride.
    /// </summary>
    public static StepBody Repeat(MapReader map)
    {
        var isForOthers = map.Has("while") && map.OneOf("while", "others", "others") == "others";
        var times = map.Integer("times", isForOthers ? int.MaxValue : 1, low: 0, high: int.MaxValue);
        var stride = map.Size("stride", 4096);
        var name = map.Has("as") ? map.Name("as") : "i";
        var steps = StepReader.ReadAll(map, "steps");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            // Alone there is nobody to go on for: once, as without the key.
            var branch = isForOthers ? run.Branch : null;
            var rounds = isForOthers && branch is null ? 1 : times;
            for (var i = 0; i < rounds && branch is not { IsAlone: true }; i++)
            {
                run.Names[name] = (ulong)i * stride;
                foreach (var pause in branch is null ? StepReader.Sequence(steps, run) : WhileOthersRun(steps, run, branch))
                {
                    yield return pause;
                }
            }
        }
    }

    // One round, as long as the others have something to do.
    private static IEnumerable<Pause> WhileOthersRun(IReadOnlyList<Step> steps, ScenarioRun run, Branch branch)
    {
        branch.IsForOthers = true;
        for (var i = 0; i < steps.Count && !branch.IsAlone; i++)
        {
            foreach (var pause in StepReader.Sequence([steps[i]], run))
            {
                yield return pause;
            }
        }

        // Steps may pass without a pause; the others must go on between two rounds.
        yield return new Pause(PauseKind.Preempt);
        branch.IsForOthers = false;
    }

    /// <summary>Runs branches at once: at each preemption point the seed decides who goes on and how far the device gets.</summary>
    public static StepBody Together(MapReader map)
    {
        var speed = map.Integer("device-cycles", 8, low: 0, high: 1_000_000);
        var branches = map.List("branches")
            .Select(node => StepReader.ReadAll(map.Map(node, "a branch"), "steps"))
            .ToList();
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var choices = run.Bench.Choices;
            var running = new List<Branch>();
            running.AddRange(branches.Select(branch => new Branch(StepReader.Sequence(branch, run).GetEnumerator(), running)));
            var indices = Enumerable.Range(0, running.Count).ToList();
            Func<int, bool> canMove = index => running[index].CanMove;
            for (var turns = 0; running.Count > 0; turns++)
            {
                if (run.IsTolerant && turns == TurnsMax)
                {
                    throw new BenchException(BenchLayer.Host, $"{Endless} (last in step '{run.LastStep?.Name}')", "Look at which operation of the kernel model does not end.");
                }

                var turn = choices.NextBranch(indices, canMove);
                var branch = running[turn];
                var outer = run.Branch;
                run.Branch = branch;
                var isOver = !run.Concurrently(branch.Steps);
                run.Branch = outer;
                branch.Stands(isOver ? null : branch.Steps.Current);
                if (branch.Tries == 0)
                {
                    // It has moved, and may have dropped a lock on the way, even to another lock that it waits for.
                    Forget(running, PauseKind.Lock, except: branch);
                    running.ForEach(other => other.Tries = 0);
                }

                if (isOver)
                {
                    running.RemoveAt(turn);
                    indices.RemoveAt(turn);
                }
                else if (running.TrueForAll(other => other.Wait?.Kind is PauseKind.Device or PauseKind.Lock))
                {
                    // On the way from one wait to the next a branch drops locks, and so does the thread that serves page requests:
                    // only those that tried in vain say that nobody can go on.
                    if (running.Exists(other => other.Wait?.Kind == PauseKind.Device))
                    {
                        yield return Pause.Device;
                        Forget(running, PauseKind.Device);
                        continue;
                    }

                    if (running.TrueForAll(other => other.Tries > TriesMax))
                    {
                        yield return running[0].Wait!.Value;
                        running.ForEach(other => other.Tries = 0);
                    }

                    Forget(running, PauseKind.Lock);
                }
                else if (choices.NextCycles(speed) is > 0 and var cycles)
                {
                    var received = run.Bench.Wire.ReceivedFromDevice;
                    run.Bench.RunCycles(cycles);
                    run.LimitHold();
                    if (run.Bench.Wire.ReceivedFromDevice != received)
                    {
                        Forget(running, PauseKind.Device);
                    }
                }
            }
        }
    }

    // What they waited for may have come.
    private static void Forget(List<Branch> running, PauseKind kind, Branch? except = null)
    {
        foreach (var branch in running)
        {
            branch.Wait = branch.Wait?.Kind == kind && branch != except ? null : branch.Wait;
        }
    }
}
