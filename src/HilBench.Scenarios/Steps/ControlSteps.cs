namespace HilBench.Scenarios;

/// <summary>Steps that hold other steps.</summary>
internal static class ControlSteps
{
    /// <summary>Runs steps several times. The name "i" counts from 0.</summary>
    public static StepBody Repeat(MapReader map)
    {
        var times = map.Integer("times", 1);
        var stride = map.Size("stride", 4096);
        var name = map.Text("as", "i");
        var steps = StepReader.ReadAll(map, "steps");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            for (var i = 0; i < times; i++)
            {
                run.Names[name] = (ulong)i * stride;
                foreach (var pause in StepReader.Sequence(steps, run))
                {
                    yield return pause;
                }
            }
        }
    }

    /// <summary>Runs branches at once: at each preemption point the seed decides who goes on and how far the device gets.</summary>
    public static StepBody Together(MapReader map)
    {
        var speed = map.Integer("device-cycles", 8);
        var branches = map.List("branches")
            .Select(node => StepReader.ReadAll(map.Map(node, "a branch"), "steps"))
            .ToList();
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var running = branches.Select(branch => new Branch(StepReader.Sequence(branch, run).GetEnumerator())).ToList();
            while (running.Count > 0)
            {
                var branch = running[(int)run.Choice.Below((ulong)running.Count)];
                if (!branch.Steps.MoveNext())
                {
                    running.Remove(branch);
                    continue;
                }

                branch.IsWaiting = branch.Steps.Current != Pause.Preempt;
                if (running.TrueForAll(other => other.IsWaiting))
                {
                    yield return Pause.Device;
                }
                else if (run.Choice.Below((ulong)speed + 1) is > 0 and var cycles)
                {
                    run.Bench.RunCycles(cycles);
                }
            }
        }
    }

    private sealed class Branch(IEnumerator<Pause> steps)
    {
        public IEnumerator<Pause> Steps { get; } = steps;

        public bool IsWaiting { get; set; }
    }
}
