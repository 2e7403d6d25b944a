using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Memory is short: pages are written out, processes killed; and pages go to the node where they are used.</summary>
internal static class ReclaimOperations
{
    private const int Again = -11;

    private static readonly CallSite[] _nodeSites =
        [CallSite.MigrateUnmap, CallSite.MigrateRestore, CallSite.ThpSplit, CallSite.PmdUnshare];

    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "cgroup", ["AddressSpace.EnterCgroup"], "process",
            "the process moves to a cgroup of its own: what it touches from now on can be reclaimed from there", [])
        {
            Read = map => OperationSteps.Now(map, (_, space) => space.EnterCgroup()),
        },
        new(
            "reclaim", ["AddressSpace.Reclaim"], "size (4KiB), process",
            "takes memory from the cgroup of the process, as much as there is: pages go to swap or back to their file",
            [CallSite.ReclaimAnon, CallSite.ReclaimFile, CallSite.MigrateUnmap, CallSite.MigrateRestore, CallSite.ThpSplit,
                CallSite.FileThpSplit, CallSite.Aging])
        {
            Read = map =>
            {
                var size = map.Size("size", 4096);
                return OperationSteps.OnProcess(map, (_, space) => space.Reclaim(size), tolerated: Again);
            },
        },
        new(
            "swapoff", ["AddressSpace.SwapOff"], "process", "brings everything back from swap, for all processes",
            [CallSite.FaultIn])
        {
            Read = map => OperationSteps.OnProcess(map, space => space.SwapOff()),
        },
        new(
            "block", ["AddressSpace.Block"], "process",
            "the process falls asleep in the kernel so that no signal wakes it", [])
        {
            Read = map => OperationSteps.Now(map, (_, space) => space.Block()),
        },
        new(
            "unblock", ["AddressSpace.Unblock"], "process",
            "the process wakes up; when it was killed meanwhile it exits", [CallSite.ExitMmap])
        {
            Read = map => OperationSteps.OnProcess(map, space => space.Unblock()),
        },
        new(
            "kill", ["AddressSpace.Kill"], "process",
            "the process is killed; one that is blocked keeps its memory until it wakes up", [CallSite.ExitMmap])
        {
            Read = map => OperationSteps.OnProcess(map, space => space.Kill()),
        },
        new(
            "release-memory", ["AddressSpace.ReleaseMemory"], "of, process",
            "process_mrelease: another process takes the private memory of one that was killed", [CallSite.OomReaper])
        {
            Since = 415,
            Read = map =>
            {
                var victim = map.Text("of");
                return OperationSteps.OnProcess(map, (run, space) => run.Process(victim, map.Place).Space.ReleaseMemory(space));
            },
        },
        new(
            "oom-kill", ["AddressSpace.OomKill"], "process",
            "the kernel has no memory left: the largest process is killed, and reaped when it cannot exit",
            [CallSite.OomReaper, CallSite.ExitMmap])
        {
            Read = map => OperationSteps.OnProcess(map, space => space.OomKill()),
        },
        new(
            "numa-protect", ["AddressSpace.NumaProtect"], "at, size (4KiB), process",
            "NUMA balancing takes access away from pages on the other node; the next access moves them", [CallSite.Mprotect])
        {
            Read = map => OperationSteps.OnRange(map, (space, range) => space.NumaProtect(range)),
        },
        new(
            "move-pages", ["AddressSpace.MovePages"], "at, size (4KiB), node (1; 0), shared (false), process",
            "move_pages: moves pages to a node", _nodeSites)
        {
            Read = map =>
            {
                var (node, movesShared) = (NodeOf(map, "node", 1), map.Flag("shared"));
                return OperationSteps.OnRange(map, (space, range) => space.MovePages(range, node, movesShared));
            },
        },
        new(
            "migrate-pages", ["AddressSpace.MigratePages"], "from (0; 1), to (1; 0), process",
            "migrate_pages: every page of the process on one node goes to the other", _nodeSites)
        {
            Read = map =>
            {
                var (from, to) = (NodeOf(map, "from", 0), NodeOf(map, "to", 1));
                return OperationSteps.OnProcess(map, space => space.MigratePages(from, to));
            },
        },
        new(
            "mbind-move", ["AddressSpace.MbindMove"], "at, size (4KiB), node (1; 0), shared (false), process",
            "mbind that moves what lies elsewhere", [.. _nodeSites, CallSite.HugeZeroSplit])
        {
            Read = map =>
            {
                var (node, movesShared) = (NodeOf(map, "node", 1), map.Flag("shared"));
                return OperationSteps.OnRange(map, (space, range) => space.MbindMove(range, node, movesShared));
            },
        },
    ];

    private static byte NodeOf(MapReader map, string key, int otherwise) => (byte)map.Integer(key, otherwise, low: 0, high: 1);
}
