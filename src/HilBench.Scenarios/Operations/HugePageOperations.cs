using System.Numerics;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Transparent huge pages are split and put together; equal pages are merged.</summary>
internal static class HugePageOperations
{
    private const int SmallestOrder = 2;
    private const int LargestOrder = 9;

    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "split", ["AddressSpace.SplitHuge"], "at, size (4KiB), process", "splits the huge pages of the range",
            [CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.FileThpSplit, CallSite.MigrateUnmap, CallSite.MigrateRestore])
        {
            Read = map => OperationSteps.OnRange(map, (space, range) => space.SplitHuge(range)),
        },
        new(
            "khugepaged", ["AddressSpace.Khugepaged"], "process",
            "a pass of khugepaged over the mappings that want huge pages (madvise hugepage)",
            [CallSite.CollapseAnon, CallSite.CollapseFile, CallSite.Aging])
        {
            Read = map => OperationSteps.OnProcess(map, space => space.Khugepaged()),
        },
        new(
            "large-folios", ["Kernel.SetLargeFolios"], "size (a power of two from 16KiB to 2MiB), use (never, madvise, always, inherit)",
            "says when anonymous memory gets large folios of a size; sizes below 2 MiB only from 6.8 on", [])
        {
            Read = SetLargeFolios,
        },
        new(
            "ksm-scan", ["AddressSpace.KsmScan"], "process",
            "a full scan of KSM over all processes: equal pages of mappings with madvise mergeable become one",
            [CallSite.KsmWriteProtect, CallSite.KsmReplace, CallSite.ThpSplit, CallSite.MigrateUnmap, CallSite.MigrateRestore])
        {
            Read = map => OperationSteps.OnProcess(map, space => space.KsmScan()),
        },
        new(
            "ksm-unmerge", ["AddressSpace.KsmUnmerge"], "process",
            "every page that KSM merged gets its own copies again", [CallSite.Cow])
        {
            Read = map => OperationSteps.OnProcess(map, space => space.KsmUnmerge()),
        },
    ];

    private static StepBody SetLargeFolios(MapReader map)
    {
        var size = map.Size("size");
        var order = BitOperations.Log2(size) - 12;
        if (!BitOperations.IsPow2(size) || order is < SmallestOrder or > LargestOrder)
        {
            throw map.PlaceOf("size").Error($"there are no folios of {size} bytes", "Write a power of two from 16KiB to 2MiB.");
        }

        var use = Enum.Parse<LargeFolioUse>(map.OneOf("use", string.Empty, "never", "madvise", "always", "inherit"), ignoreCase: true);
        return OperationSteps.Now(map, (_, space) => space.Kernel.SetLargeFolios(order, use));
    }
}
