using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Files that mappings show: written, synchronised, cut, and with breakpoints in their code.</summary>
internal static class PageCacheOperations
{
    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "file", ["Kernel.CreateFile"], "name, size, on (memory; disk, dax)",
            "makes a file, on tmpfs, on a disk or on memory that is mapped directly (DAX); its pages are zero until written", [])
        {
            Read = MakeFile,
        },
        new(
            "file-write", ["AddressSpace.FileWrite"], "file, offset (0), size (64, up to 4MiB), process",
            "write: stores to a file through the page cache", [])
        {
            Read = map =>
            {
                var offset = OperationSteps.Offset(map, "offset");
                var size = CpuSteps.StoreSizeOf(map);
                return OperationSteps.OnFile(map, (run, space, file) => space.FileWrite(file, offset, run.FreshContent(size)));
            },
        },
        new(
            "file-sync", ["AddressSpace.FileSync"], "file, offset (0), size (everything), process",
            "fsync, msync: dirty pages are written back; shared mappings are write-protected first", [CallSite.MkClean, CallSite.DaxMkClean])
        {
            Read = map =>
            {
                var offset = OperationSteps.Offset(map, "offset");
                var size = map.Size("size", ulong.MaxValue);
                return OperationSteps.OnFile(map, (_, space, file) => space.FileSync(file, offset, size));
            },
        },
        new(
            "file-truncate", ["AddressSpace.FileTruncate"], "file, size (0), process",
            "ftruncate: what lies beyond is unmapped everywhere, private copies too",
            [CallSite.ZapRange, CallSite.FileThpSplit, CallSite.HugetlbUnmap])
        {
            Read = map =>
            {
                var size = OperationSteps.Offset(map, "size");
                return OperationSteps.OnFile(map, (_, space, file) => space.FileTruncate(file, size));
            },
        },
        new(
            "file-punch", ["AddressSpace.FilePunch"], "file, offset (0), size (4KiB), process",
            "fallocate that punches a hole: it is unmapped everywhere, private copies stay",
            [CallSite.ZapRange, CallSite.MkClean, CallSite.FileThpSplit, CallSite.HugetlbUnmap])
        {
            Read = map =>
            {
                var offset = OperationSteps.Offset(map, "offset");
                var size = map.Size("size", 4096);
                return OperationSteps.OnFile(map, (_, space, file) => space.FilePunch(file, offset, size));
            },
        },
        new(
            "track-shared-writes", ["AddressSpace.TrackSharedWrites"], "file, offset (0), size (4KiB), record (false), process",
            "a driver makes what is mapped shared of a file read-only, or with record clean, to learn what is written",
            [CallSite.SharedWriteProtect])
        {
            Since = 505,
            Read = map =>
            {
                var offset = OperationSteps.Offset(map, "offset");
                var size = map.Size("size", 4096);
                var records = map.Flag("record");
                return OperationSteps.OnFile(map, (_, space, file) => space.TrackSharedWrites(file, offset, size, records));
            },
        },
        new(
            "uprobe-add", ["AddressSpace.UprobeAdd"], "file, offset (0), process",
            "sets a breakpoint in the code of a file: in every private mapping that may not be written", [CallSite.Uprobes])
        {
            Read = map =>
            {
                var offset = OperationSteps.Offset(map, "offset");
                return OperationSteps.OnFile(map, (_, space, file) => space.UprobeAdd(file, offset));
            },
        },
        new(
            "uprobe-remove", ["AddressSpace.UprobeRemove"], "file, offset (0), process", "takes a breakpoint away again",
            [CallSite.Uprobes])
        {
            Read = map =>
            {
                var offset = OperationSteps.Offset(map, "offset");
                return OperationSteps.OnFile(map, (_, space, file) => space.UprobeRemove(file, offset));
            },
        },
    ];

    private static StepBody MakeFile(MapReader map)
    {
        var name = map.Name("name");
        var size = map.Size("size");
        var kind = map.OneOf("on", "memory", "memory", "disk", "dax") switch
        {
            "disk" => FileKind.Disk,
            "dax" => FileKind.Dax,
            _ => FileKind.SharedMemory,
        };
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            run.Files[name] = run.Bench.Kernel.CreateFile(name, size, kind);
            yield break;
        }
    }
}
