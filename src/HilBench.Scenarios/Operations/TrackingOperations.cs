using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Writes are tracked, faults are handled by user space.</summary>
internal static class TrackingOperations
{
    private const int PageBytes = 4096;

    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "clear-refs", ["AddressSpace.ClearRefs"], "value (4: soft-dirty; 1: accessed bits of all, 2 of anonymous, 3 of file pages), process",
            "clear_refs of procfs, for the whole process", [CallSite.SoftDirty, CallSite.ThpSplit, CallSite.Aging])
        {
            Read = map =>
            {
                var value = map.Integer("value", 4, low: 1, high: 4);
                return OperationSteps.OnProcess(map, space => space.ClearRefs(value));
            },
        },
        new(
            "uffd-register", ["AddressSpace.UffdRegister"], "at, size (4KiB), modes (missing, wp, minor, async: a list), process",
            "userfaultfd watches a range: missing pages, writes to pages that it protected (async: let through at once), "
            + "pages that only the file has", [CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.PmdUnshare])
        {
            Read = map =>
            {
                var modes = ModesOf(map);
                return OperationSteps.OnRange(map, (space, range) => space.UffdRegister(range, modes));
            },
        },
        new(
            "uffd-unregister", ["AddressSpace.UffdUnregister"], "at, size (4KiB), process",
            "ends the watch and the write protection of userfaultfd",
            [CallSite.Mprotect, CallSite.HugetlbMprotect, CallSite.ThpSplit, CallSite.HugeZeroSplit])
        {
            Read = map => OperationSteps.OnRange(map, (space, range) => space.UffdUnregister(range)),
        },
        new(
            "uffd-protect", ["AddressSpace.UffdWriteProtect"], "at, size (4KiB), enable (true), process",
            "sets or clears the write protection of userfaultfd",
            [CallSite.Mprotect, CallSite.HugetlbMprotect, CallSite.ThpSplit, CallSite.HugeZeroSplit])
        {
            Read = map =>
            {
                var isEnabled = map.Flag("enable", otherwise: true);
                return OperationSteps.OnRange(map, (space, range) => space.UffdWriteProtect(range, isEnabled));
            },
        },
        new(
            "uffd-copy", ["AddressSpace.UffdCopy"], "at, size (4KiB), zero (false: UFFDIO_ZEROPAGE), process",
            "fills missing pages with copies of one page, or with the zero page", [CallSite.FaultIn])
        {
            Read = map =>
            {
                var isZero = map.Flag("zero");
                return OperationSteps.OnRange(map, (run, space, range) =>
                    space.UffdCopy(range, isZero ? null : run.FreshContent(PageBytes)));
            },
        },
        new(
            "uffd-continue", ["AddressSpace.UffdContinue"], "at, size (4KiB), process",
            "maps the pages that the file has", [CallSite.FaultIn])
        {
            Read = map => OperationSteps.OnRange(map, (space, range) => space.UffdContinue(range)),
        },
        new(
            "uffd-move", ["AddressSpace.UffdMove"], "at, size (4KiB), to, holes (false), process",
            "moves pages to another address without a copy; holes are passed over where allowed",
            [CallSite.UffdMove, CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.MigrateUnmap, CallSite.MigrateRestore])
        {
            Since = 608,
            Read = map =>
            {
                var to = map.Address("to");
                var allowsHoles = map.Flag("holes");
                return OperationSteps.OnRange(map, (run, space, range) =>
                    space.UffdMove(range, new VirtualAddress(to.Evaluate(run.Names)), allowsHoles));
            },
        },
        new(
            "pagemap-scan", ["AddressSpace.PagemapScan"], "at, size (4KiB), process",
            "PAGEMAP_SCAN: finds the pages that were written and protects them again (uffd-register with wp and async)",
            [CallSite.PagemapScan, CallSite.ThpSplit, CallSite.HugeZeroSplit])
        {
            Since = 607,
            Read = map => OperationSteps.OnRange(map, (space, range) => space.PagemapScan(range)),
        },
    ];

    private static VmaFlags ModesOf(MapReader map)
    {
        var modes = VmaFlags.None;
        foreach (var mode in map.Texts("modes"))
        {
            modes |= mode switch
            {
                "missing" => VmaFlags.UffdMissing,
                "wp" => VmaFlags.UffdWriteProtect,
                "minor" => VmaFlags.UffdMinor,
                "async" => VmaFlags.UffdAsync,
                _ => throw map.PlaceOf("modes").Error($"'{mode}' is no mode of userfaultfd", "Write missing, wp, minor or async."),
            };
        }

        return modes != VmaFlags.None
            ? modes
            : throw map.Place.Error("'modes' is missing", "Add 'modes: [missing]', for example.");
    }
}
