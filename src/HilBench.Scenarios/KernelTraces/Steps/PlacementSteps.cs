namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that say on which memory node pages lie.</summary>
internal static class PlacementSteps
{
    private const ulong MoveAll = 6;

    public static void AddTo(StepTable table)
    {
        table.Add("move_pages", MovePages);
        table.Add("mbind", Bind);
        table.Add("migrate_pages", (machine, step) => StepOutcome.Of(machine.MmOf(step).MigratePages(
            NodeOf(step.Number("fromMask", 1)), NodeOf(step.Number("toMask", 2))).RunToEnd()));
    }

    /// <summary>mbind to a node, without or with moving what lies elsewhere.</summary>
    private static StepOutcome Bind(TraceMachine machine, TraceStep step)
    {
        var (mm, range, flags) = (machine.MmOf(step), machine.RangeOf(step), step.Number("flags"));
        var node = NodeOf(step.Number("nodeMask", 2));
        var op = flags == 0 ? mm.Mbind(range, node) : mm.MbindMove(range, node, movesShared: flags == MoveAll);
        return StepOutcome.Of(op.RunToEnd());
    }

    /// <summary>The lowest node of a mask.</summary>
    private static byte NodeOf(ulong mask) => (byte)System.Numerics.BitOperations.TrailingZeroCount(mask);

    private static StepOutcome MovePages(TraceMachine machine, TraceStep step)
    {
        var op = machine.MmOf(step).MovePages(machine.RangeOf(step), (byte)step.Number("node")).RunToEnd();
        return StepOutcome.Of(op) with { Nodes = op.PageStatus };
    }
}
