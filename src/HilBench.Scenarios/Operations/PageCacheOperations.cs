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
            Read = map => OnPart(map, (space, file, offset, size) => space.FilePunch(file, offset, size)),
        },
        new(
            "file-read", ["AddressSpace.FileRead"], "file, offset (0), size (64, up to 4MiB), process",
            "read: loads from a file through the page cache", [])
        {
            Read = map =>
            {
                var offset = OperationSteps.Offset(map, "offset");
                var size = CpuSteps.StoreSizeOf(map);
                return OperationSteps.OnFile(map, (_, space, file) => space.FileRead(file, offset, size));
            },
        },
        new(
            "file-reserve", ["AddressSpace.FileReserve"], "file, offset (0), size (4KiB), keep-size (false), process",
            "fallocate: makes a file large enough and, in shared memory, gives it its pages", [])
        {
            Read = map =>
            {
                var keepsSize = map.Flag("keep-size");
                return OnPart(map, (space, file, offset, size) => space.FileReserve(file, offset, size, keepsSize));
            },
        },
        new(
            "file-zero", ["AddressSpace.FileZero"], "file, offset (0), size (4KiB), process",
            "fallocate that zeroes a part of a file on a disk", [CallSite.ZapRange, CallSite.MkClean, CallSite.FileThpSplit])
        {
            Read = map => OnPart(map, (space, file, offset, size) => space.FileZero(file, offset, size)),
        },
        new(
            "file-insert", ["AddressSpace.FileInsert"], "file, offset (0), size (4KiB), process",
            "fallocate that makes room in a file on a disk; what follows moves up",
            [CallSite.ZapRange, CallSite.MkClean, CallSite.FileThpSplit])
        {
            Read = map => OnPart(map, (space, file, offset, size) => space.FileInsert(file, offset, size)),
        },
        new(
            "file-collapse", ["AddressSpace.FileCollapse"], "file, offset (0), size (4KiB), process",
            "fallocate that takes a part out of a file on a disk; what follows moves down",
            [CallSite.ZapRange, CallSite.MkClean, CallSite.FileThpSplit])
        {
            Read = map => OnPart(map, (space, file, offset, size) => space.FileCollapse(file, offset, size)),
        },
        new(
            "file-dontneed", ["AddressSpace.FileAdviseDontNeed"], "file, offset (0), size (everything), process",
            "posix_fadvise DONTNEED: pages of a file that nobody maps leave memory", [CallSite.MkClean])
        {
            Read = map =>
            {
                var offset = OperationSteps.Offset(map, "offset");
                var size = OperationSteps.Offset(map, "size");
                return OperationSteps.OnFile(map, (_, space, file) => space.FileAdviseDontNeed(file, offset, size));
            },
        },
        new(
            "drop-caches", ["AddressSpace.DropCaches"], "process", "all clean pages of files that nobody maps leave memory", [])
        {
            Read = map => OperationSteps.OnProcess(map, space => space.DropCaches()),
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

    private static StepBody OnPart(MapReader map, Func<AddressSpace, MemoryFile, ulong, ulong, CpuOperation> operation)
    {
        var offset = OperationSteps.Offset(map, "offset");
        var size = map.Size("size", 4096);
        return OperationSteps.OnFile(map, (_, space, file) => operation(space, file, offset, size));
    }

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
