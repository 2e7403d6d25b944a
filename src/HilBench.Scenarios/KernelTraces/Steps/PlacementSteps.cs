using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that say on which memory node pages lie.</summary>
internal static class PlacementSteps
{
    private const int NotFound = -2;
    private const int Forbidden = -13;
    private const int BadAddress = -14;
    private const ulong MoveAll = 6;

    public static void AddTo(StepTable table)
    {
        table.Add("move_pages", MovePages);
        table.Add("mbind", Bind);
        table.Add("migrate_pages", MigratePages);
    }

    /// <summary>mbind to node 1, without or with moving what lies elsewhere.</summary>
    private static StepOutcome Bind(TraceMachine machine, TraceStep step)
    {
        var (mm, range, flags) = (machine.MmOf(step), machine.RangeOf(step), step.Number("flags"));
        mm.Mbind(range).RunToEnd();
        for (var at = range.Start; flags != 0 && at < range.End; at = at.Add(4096))
        {
            MovePage(machine, mm, at, node: 1, movesShared: flags == MoveAll);
        }

        return StepOutcome.Ok;
    }

    /// <summary>Every page of the process goes from node 0 to node 1.</summary>
    private static StepOutcome MigratePages(TraceMachine machine, TraceStep step)
    {
        var mm = machine.MmOf(step);
        foreach (var vma in mm.Vmas.Where(vma => vma.Range.Start.Value >= machine.Trace.Region.Start))
        {
            for (var at = vma.Range.Start; at < vma.Range.End; at = at.Add(4096))
            {
                MovePage(machine, mm, at, node: 1);
            }
        }

        return StepOutcome.Ok;
    }

    private static StepOutcome MovePages(TraceMachine machine, TraceStep step)
    {
        var (mm, range, node) = (machine.MmOf(step), machine.RangeOf(step), (int)step.Number("node"));
        var status = new List<int>();
        for (var at = range.Start; at < range.End; at = at.Add(4096))
        {
            status.Add(MovePage(machine, mm, at, node));
        }

        return StepOutcome.Ok with { Nodes = status };
    }

    private static int MovePage(
        TraceMachine machine, AddressSpace mm, VirtualAddress at, int node, bool movesShared = false)
    {
        if (!mm.Tables.TryWalk(at, out var walk))
        {
            var vma = mm.Vmas.FirstOrDefault(vma => vma.Range.Contains(at));
            var isHole = !mm.Tables.TryFind(at.Value, PageTables.PteShift, out var slot, out _)
                || mm.Tables.Read(slot).IsNone;
            var isOldAnswer = mm.Kernel.Profile.Version < 612 && vma?.File is null && isHole;
            return vma is null || isOldAnswer ? BadAddress : NotFound;
        }

        var page = walk.Translate(at);
        if ((mm.Kernel.Memory.FlagsOf(page) & FrameFlags.Zero) != 0)
        {
            return BadAddress;
        }

        if (machine.NodeOf.GetValueOrDefault(mm.Kernel.Memory.IdentityOf(page)) != node)
        {
            if (mm.Kernel.Memory.MapCountOf(page) > 1 && !movesShared)
            {
                return Forbidden;
            }

            mm.Migrate(VirtualRange.OfSize(at, 4096)).RunToEnd();
            mm.Tables.TryWalk(at, out walk);
            machine.NodeOf[mm.Kernel.Memory.IdentityOf(walk.Translate(at))] = node;
        }

        return node;
    }
}
