using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Pages move to other frames.</summary>
internal static class MigrationOperations
{
    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "migrate", ["AddressSpace.Migrate"], "at, size (4KiB), shared (true: also pages that others map), process",
            "moves the pages to other frames, as compaction and move_pages do",
            [CallSite.MigrateUnmap, CallSite.MigrateRestore, CallSite.ThpSplit, CallSite.PmdUnshare])
        {
            Read = map =>
            {
                var movesShared = map.Flag("shared", otherwise: true);
                return OperationSteps.OnRange(map, (space, range) => space.Migrate(range, movesShared));
            },
        },
        new(
            "mbind", ["AddressSpace.Mbind"], "at, size (4KiB), process",
            "mbind without moving: the mapping is cut there, pages stay where they are",
            [CallSite.ThpSplit, CallSite.HugeZeroSplit])
        {
            Read = map => OperationSteps.OnRange(map, (space, range) => space.Mbind(range)),
        },
        new(
            "migrate-vma", ["AddressSpace.MigrateVma"], "at, size (4KiB), owner (1), abort (false), process",
            "migrate_vma of a device driver, to fresh system pages; owner says whose migration it is",
            [CallSite.MigrateVmaCollect, CallSite.MigrateVmaInsert, CallSite.MigrateUnmap, CallSite.MigrateRestore,
                CallSite.ThpSplit, CallSite.HugeZeroSplit])
        {
            Since = 413,
            Read = map =>
            {
                var owner = (ulong)map.Integer("owner", 1, low: 0, high: int.MaxValue);
                var aborts = map.Flag("abort");
                return OperationSteps.OnRange(map, (space, range) => space.MigrateVma(range, owner, aborts));
            },
        },
    ];
}
