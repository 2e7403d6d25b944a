using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>Steps that a CPU does.</summary>
internal static class CpuSteps
{
    private const ulong PatternedMax = 4 << 20;
    private const int PatternBytes = 64;

    public static StepBody Map(MapReader map)
    {
        var process = ProcessOf(map);
        var name = map.Name("name");
        var size = map.Size("size");
        var at = map.Has("at") ? map.Address("at") : null;
        var pages = map.OneOf("pages", "4KiB", "4KiB", "2MiB", "1GiB", "hugetlb") switch
        {
            "hugetlb" => PageSizeHint.Hugetlb,
            "2MiB" => PageSizeHint.TransparentHuge,
            "1GiB" => PageSizeHint.Gigantic,
            _ => PageSizeHint.Base,
        };
        var isShared = map.Flag("shared");
        var isPopulated = map.Flag("populate", otherwise: true);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var space = run.Process(process, map.Place).Space;
            var flags = (isShared ? MapFlags.Shared : 0) | (at is null ? 0 : MapFlags.Fixed);
            VirtualAddress? where = at is null ? null : new VirtualAddress(at.Evaluate(run.Names));
            var operation = space.Mmap(size, Protection.ReadWrite, flags, where, pages);
            foreach (var pause in ScenarioRun.Operation(operation, map.Place))
            {
                yield return pause;
            }

            run.Names[name] = operation.Range.Start.Value;
            run.Names[name + ".end"] = operation.Range.End.Value;
            if (isPopulated)
            {
                foreach (var pause in Populate(run, space, operation.Range, map.Place))
                {
                    yield return pause;
                }
            }
        }
    }

    public static StepBody Munmap(MapReader map) =>
        OnRange(map, (space, range) => space.Munmap(range));

    public static StepBody Dontneed(MapReader map) =>
        OnRange(map, (space, range) => space.MadviseDontneed(range));

    public static StepBody Touch(MapReader map)
    {
        var isWrite = map.OneOf("for", "write", "read", "write") == "write";
        return OnRange(map, (space, range) => space.Touch(range, isWrite));
    }

    public static StepBody Mprotect(MapReader map)
    {
        var access = map.OneOf("access", "r", "none", "r", "rw") switch
        {
            "none" => Protection.None,
            "rw" => Protection.ReadWrite,
            _ => Protection.Read,
        };
        return OnRange(map, (space, range) => space.Mprotect(range, access));
    }

    public static StepBody Split(MapReader map) =>
        OnRange(map, (space, range) => space.SplitHuge(range));

    public static StepBody Migrate(MapReader map) =>
        OnRange(map, (space, range) => space.Migrate(range));

    public static StepBody MigrateVma(MapReader map)
    {
        var owner = (ulong)map.Integer("owner", 1, low: 0, high: int.MaxValue);
        return OnRange(map, (space, range) => space.MigrateVma(range, owner));
    }

    public static StepBody Write(MapReader map)
    {
        var process = ProcessOf(map);
        var at = map.Address("at");
        var size = map.Size("size", 64);
        if (size > PatternedMax)
        {
            throw map.PlaceOf("size").Error($"a store of {size} bytes is too long", "Write at most 4MiB.");
        }

        return run => ScenarioRun.Operation(
            run.Process(process, map.Place).Space.Write(new VirtualAddress(at.Evaluate(run.Names)), run.FreshContent((int)size)), map.Place);
    }

    public static StepBody Read(MapReader map)
    {
        var process = ProcessOf(map);
        var at = map.Address("at");
        return run => ScenarioRun.Operation(
            run.Process(process, map.Place).Space.Read(new VirtualAddress(at.Evaluate(run.Names)), 8), map.Place);
    }

    public static StepBody Fork(MapReader map)
    {
        var process = ProcessOf(map);
        var child = map.Text("child");
        var pasid = PasidOf(map);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var operation = run.Process(process, map.Place).Space.Fork();
            foreach (var pause in ScenarioRun.Operation(operation, map.Place))
            {
                yield return pause;
            }

            run.Adopt(child, operation.Child!, pasid);
        }
    }

    public static StepBody Exit(MapReader map)
    {
        var process = ProcessOf(map);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            foreach (var pause in ScenarioRun.Operation(run.Process(process, map.Place).Space.Exit(), map.Place))
            {
                yield return pause;
            }

            run.RemoveProcess(process);
        }
    }

    public static string ProcessOf(MapReader map) => map.Text("process", "main");

    /// <summary>The key "pasid": a number, or none.</summary>
    public static Pasid? PasidOf(MapReader map)
    {
        var text = map.Text("pasid");
        if (text == "none")
        {
            return null;
        }

        return Quantity.TryParse(text, out var value) && value < 1 << 20
            ? new Pasid((uint)value)
            : throw map.PlaceOf("pasid").Error($"'{text}' is no PASID", "Write a number below 0x100000, or none.");
    }

    // The first bytes of each page get content of their own, so that a read of the wrong page shows.
    private static IEnumerable<Pause> Populate(ScenarioRun run, AddressSpace space, VirtualRange range, Place place)
    {
        if (range.SizeBytes > PatternedMax)
        {
            return ScenarioRun.Operation(space.Touch(range, forWrite: true), place);
        }

        return Pages();

        IEnumerable<Pause> Pages()
        {
            for (var page = range.Start.Value; page < range.End.Value; page += 4096)
            {
                foreach (var pause in ScenarioRun.Operation(space.Write(new VirtualAddress(page), run.FreshContent(PatternBytes)), place))
                {
                    yield return pause;
                }
            }
        }
    }

    private static StepBody OnRange(MapReader map, Func<AddressSpace, VirtualRange, CpuOperation> operation)
    {
        var process = ProcessOf(map);
        var at = map.Address("at");
        var size = map.Size("size", 4096);
        return run =>
        {
            var start = at.Evaluate(run.Names);
            if (start > ulong.MaxValue - size)
            {
                throw map.Place.Error($"0x{start:x} + {size} bytes goes beyond the last address", "Stay below 2^64.");
            }

            var range = VirtualRange.OfSize(new VirtualAddress(start), size);
            return ScenarioRun.Operation(operation(run.Process(process, map.Place).Space, range), map.Place);
        };
    }
}
