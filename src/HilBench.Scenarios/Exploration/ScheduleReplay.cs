using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>Plays a schedule of an exploration again, from the start and without going back.</summary>
internal static class ScheduleReplay
{
    /// <summary>Brings the device up, runs the initial state to its end, and then the steps of a schedule.</summary>
    /// <param name="program">The test.</param>
    /// <param name="device">Not owned.</param>
    /// <param name="options">The host, as it was explored.</param>
    /// <param name="schedule">Steps as <see cref="ExploredOutcome.Shortest"/> has them.</param>
    /// <exception cref="InputException">A step cannot happen where the schedule has it.</exception>
    public static ReplayedSchedule Run(LitmusProgram program, IDevice device, BenchOptions options, IReadOnlyList<string> schedule)
    {
        var machine = LitmusMachine.Forward(program, device, options);
        var steps = new List<ScheduleStep>();
        for (var i = 0; i < schedule.Count; i++)
        {
            var move = MoveText.Parse(schedule[i], program);
            if (!machine.Moves().Contains(move))
            {
                throw new InputException(
                    $"step {i + 1} of the schedule, '{schedule[i]}', cannot happen there", "The schedule belongs to another test, kernel or device.");
            }

            var sight = MoveText.Describe(move, machine);
            machine.Apply(move);
            steps.Add(new ScheduleStep(schedule[i], sight ?? MoveText.DescribeThread(move, machine), machine.Bench.Wire.Now));
        }

        return new ReplayedSchedule(machine.Run.Outcome(), steps, machine.Bench);
    }
}
