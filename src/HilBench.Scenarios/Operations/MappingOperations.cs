using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Mappings come, go, move and change their protection.</summary>
internal static class MappingOperations
{
    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "map", ["AddressSpace.Mmap"],
            "name, size, at (the kernel chooses), pages (4KiB; 2MiB: transparent huge; hugetlb: of 2 MiB; 1GiB: hugetlb), "
            + "shared (false), file (none), offset (0), access (rw; none, r, rx, rwx), populate (true where it may be written), process",
            "mmap; at replaces what is there; populate touches every page, up to 4 MiB each with content of its own in its first "
            + "64 bytes, so that a read of a wrong page shows",
            [CallSite.Munmap, CallSite.FaultIn, CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.FileThpSplit,
                CallSite.Uprobes, CallSite.HugetlbUnmap])
        {
            Read = CpuSteps.Map,
        },
        new(
            "munmap", ["AddressSpace.Munmap"], "at, size (4KiB), process", "munmap",
            [CallSite.Munmap, CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.FileThpSplit, CallSite.HugetlbUnmap,
                CallSite.PmdUnshare])
        {
            Read = map => OperationSteps.OnRange(map, (space, range) => space.Munmap(range)),
        },
        new(
            "mprotect", ["AddressSpace.Mprotect"], "at, size (4KiB), access (r; none, rw, rx, rwx), process", "mprotect",
            [CallSite.Mprotect, CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.FileThpSplit, CallSite.PmdUnshare,
                CallSite.HugetlbMprotect])
        {
            Read = map =>
            {
                var access = CpuSteps.AccessOf(map, "r");
                return OperationSteps.OnRange(map, (space, range) => space.Mprotect(range, access));
            },
        },
        new(
            "mremap", ["AddressSpace.Mremap"],
            "at, size (4KiB), new-size (that of size), to (stays), keep-old (false: MREMAP_DONTUNMAP), name (none), process",
            "mremap: moves, grows or shrinks a mapping; what lies at the new place is unmapped; name is what addresses call it",
            [CallSite.Mremap, CallSite.Munmap, CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.MremapHugetlb,
                CallSite.HugetlbUnmap])
        {
            Read = Mremap,
        },
        new(
            "mremap-duplicate", ["AddressSpace.MremapDuplicate"], "at, new-size (4KiB), to, name (none), process",
            "mremap with an old size of 0: maps the pages of a shared mapping a second time",
            [CallSite.Munmap])
        {
            Read = MremapDuplicate,
        },
        new(
            "brk", ["AddressSpace.Brk"], "size (0: bytes of heap), name (none), process",
            "brk: moves the end of the heap; what lies beyond a lower one is unmapped; name is what addresses call the heap",
            [CallSite.Munmap, CallSite.ThpSplit, CallSite.HugeZeroSplit])
        {
            Read = Brk,
        },
        new(
            "remap-file-pages", ["AddressSpace.RemapFilePages"], "at, size (4KiB), page (0: page offset in the file), process",
            "remap_file_pages: another part of the file takes the place of a range of a shared mapping",
            [CallSite.Munmap, CallSite.FaultIn, CallSite.FileThpSplit])
        {
            Read = map =>
            {
                var page = (ulong)map.Integer("page", 0, low: 0, high: int.MaxValue);
                return OperationSteps.OnRange(map, (space, range) => space.RemapFilePages(range, page));
            },
        },
        new(
            "mlock", ["AddressSpace.Mlock"], "at, size (4KiB), on-fault (false), process",
            "mlock: faults the range in, unless only what is faulted in later is to be locked",
            [CallSite.FaultIn, CallSite.Cow, CallSite.ZeroPageWrite, CallSite.WriteReuse, CallSite.ThpSplit,
                CallSite.HugeZeroSplit])
        {
            Read = map =>
            {
                var isOnFault = map.Flag("on-fault");
                return OperationSteps.OnRange(map, (space, range) => space.Mlock(range, isOnFault));
            },
        },
        new(
            "munlock", ["AddressSpace.Munlock"], "at, size (4KiB), process", "munlock",
            [CallSite.ThpSplit, CallSite.HugeZeroSplit])
        {
            Read = map => OperationSteps.OnRange(map, (space, range) => space.Munlock(range)),
        },
        new(
            "madvise", ["AddressSpace.Madvise"],
            $"at, size (4KiB), advice ({string.Join(", ", AdviceNames)}), process", "madvise",
            [CallSite.ZapRange, CallSite.MadviseFree, CallSite.MadviseCold, CallSite.Cow, CallSite.ZeroPageWrite,
                CallSite.WriteReuse, CallSite.FaultIn, CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.FileThpSplit,
                CallSite.ReclaimAnon, CallSite.ReclaimFile, CallSite.MigrateUnmap, CallSite.MigrateRestore, CallSite.CollapseAnon,
                CallSite.CollapseFile, CallSite.Hwpoison, CallSite.HugetlbUnmap, CallSite.Aging])
        {
            Read = Madvise,
        },
        new(
            "dontneed", ["AddressSpace.MadviseDontneed"], "at, size (4KiB), process",
            "madvise DONTNEED: the pages are dropped",
            [CallSite.ZapRange, CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.FileThpSplit, CallSite.HugetlbUnmap])
        {
            Read = map => OperationSteps.OnRange(map, (space, range) => space.MadviseDontneed(range)),
        },
    ];

    private static IEnumerable<string> AdviceNames =>
        Enum.GetValues<Advice>().Where(advice => advice != Advice.None).Select(CpuSteps.NameOf);

    private static StepBody Mremap(MapReader map)
    {
        var process = CpuSteps.ProcessOf(map);
        var at = map.Address("at");
        var size = map.Size("size", 4096);
        var newSize = map.Size("new-size", size);
        var to = map.Has("to") ? map.Address("to") : null;
        var keepsOld = map.Flag("keep-old");
        var name = map.Has("name") ? map.Name("name") : null;
        return run =>
        {
            VirtualAddress? target = to is null ? null : new VirtualAddress(to.Evaluate(run.Names));
            var range = OperationSteps.RangeOf(run, at, size, map.Place);
            var operation = run.Process(process, map.Place).Space.Mremap(range, newSize, target, keepsOld);
            return Named(run, operation, name, map.Place);
        };
    }

    private static StepBody MremapDuplicate(MapReader map)
    {
        var process = CpuSteps.ProcessOf(map);
        var at = map.Address("at");
        var size = map.Size("new-size", 4096);
        var to = map.Address("to");
        var name = map.Has("name") ? map.Name("name") : null;
        return run =>
        {
            var space = run.Process(process, map.Place).Space;
            var (from, target) = (new VirtualAddress(at.Evaluate(run.Names)), new VirtualAddress(to.Evaluate(run.Names)));
            return Named(run, space.MremapDuplicate(from, size, target), name, map.Place);
        };
    }

    private static StepBody Brk(MapReader map)
    {
        var size = OperationSteps.Offset(map, "size");
        var name = map.Has("name") ? map.Name("name") : null;
        return OperationSteps.OnProcess(map, (run, space) =>
        {
            if (name is not null)
            {
                run.Names[name] = AddressSpace.HeapStart.Value;
                run.Names[name + ".end"] = AddressSpace.HeapStart.Value + size;
            }

            return space.Brk(AddressSpace.HeapStart.Add(size));
        });
    }

    private static IEnumerable<Pause> Named(ScenarioRun run, CpuOperation operation, string? name, Place place)
    {
        foreach (var pause in run.Operation(operation, place))
        {
            yield return pause;
        }

        if (name is not null && operation.Errno == 0)
        {
            run.Names[name] = operation.Range.Start.Value;
            run.Names[name + ".end"] = operation.Range.End.Value;
        }
    }

    private static StepBody Madvise(MapReader map)
    {
        var known = Enum.GetValues<Advice>().Where(advice => advice != Advice.None).ToDictionary(CpuSteps.NameOf);
        var advice = known[map.OneOf("advice", string.Empty, [.. known.Keys])];
        return OperationSteps.OnRange(map, (space, range) => space.Madvise(range, advice));
    }
}
