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
        var pages = map.OneOf("pages", "4KiB", "4KiB", "2MiB", "hugetlb", "1GiB") switch
        {
            "2MiB" => PageSizeHint.TransparentHuge,
            "hugetlb" => PageSizeHint.Hugetlb,
            "1GiB" => PageSizeHint.Gigantic,
            _ => PageSizeHint.Base,
        };
        var isShared = map.Flag("shared");
        var file = map.Has("file") ? map.Name("file") : null;
        var offset = OperationSteps.Offset(map, "offset");
        var access = AccessOf(map, "rw");
        var isPopulated = map.Flag("populate", otherwise: access.HasFlag(Protection.Write));
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var space = run.Process(process, map.Place).Space;
            var flags = (isShared ? MapFlags.Shared : 0) | (at is null ? 0 : MapFlags.Fixed);
            VirtualAddress? where = at is null ? null : new VirtualAddress(at.Evaluate(run.Names));
            var source = file is null ? null : run.File(file, map.Place);
            var operation = space.Mmap(size, access, flags, where, pages, source, offset);
            foreach (var pause in run.Operation(operation, map.Place))
            {
                yield return pause;
            }

            if (operation.Errno != 0)
            {
                yield break;
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

    /// <summary>A range from start to end in which nothing changes; one that is not blockable may be refused.</summary>
    public static StepBody Announce(MapReader map)
    {
        var process = ProcessOf(map);
        var at = map.Address("at");
        var size = map.Size("size", 4096);
        var isBlockable = map.Flag("blockable", otherwise: true);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var notifiers = run.Process(process, map.Place).Space.Notifiers;
            if (!isBlockable && !notifiers.Profile.HasNonBlockableRanges)
            {
                throw map.Place.Error($"every range of {notifiers.Profile.Name} is blockable", "Give the scenario a 'profile' from linux-4.19 on.");
            }

            var start = new VirtualAddress(at.Evaluate(run.Names));
            var cpu = new CpuContext(operationId: 0) { HoldsMmapLock = true };
            var range = new NotifierRange(start, start.Add(size), NotifierEvent.Unmap, isBlockable, Owner: 0);
            foreach (var point in notifiers.Start(cpu, range))
            {
                yield return Pause.Of(point);
            }

            foreach (var point in cpu.StartResult == 0 ? notifiers.End(cpu, range, Placement.AtEnd) : [])
            {
                yield return Pause.Of(point);
            }
        }
    }

    public static StepBody Write(MapReader map)
    {
        var process = ProcessOf(map);
        var at = map.Address("at");
        var size = StoreSizeOf(map);
        var value = map.Integer("value", -1, low: -1, high: byte.MaxValue);
        return run =>
        {
            var content = value < 0 ? run.FreshContent(size) : [.. Enumerable.Repeat((byte)value, size)];
            var space = run.Process(process, map.Place).Space;
            return run.Operation(space.Write(new VirtualAddress(at.Evaluate(run.Names)), content), map.Place);
        };
    }

    /// <summary>The key "size" of a store.</summary>
    public static int StoreSizeOf(MapReader map)
    {
        var size = map.Size("size", 64);
        return size <= PatternedMax
            ? (int)size
            : throw map.PlaceOf("size").Error($"a store of {size} bytes is too long", "Write at most 4MiB.");
    }

    /// <summary>The key "access": what may be done with a mapping.</summary>
    public static Protection AccessOf(MapReader map, string otherwise) =>
        map.OneOf("access", otherwise, "none", "r", "rw", "rx", "rwx") switch
        {
            "none" => Protection.None,
            "rw" => Protection.ReadWrite,
            "rx" => Protection.Read | Protection.Execute,
            "rwx" => Protection.ReadWrite | Protection.Execute,
            _ => Protection.Read,
        };

    /// <summary>A name of the kernel model as scenario files write it: DontNeed is dont-need.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => string.Concat(value.ToString().Select((c, i) =>
            char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    public static StepBody Read(MapReader map)
    {
        var process = ProcessOf(map);
        var at = map.Address("at");
        return run => run.Operation(
            run.Process(process, map.Place).Space.Read(new VirtualAddress(at.Evaluate(run.Names)), 8), map.Place);
    }

    public static StepBody Fork(MapReader map)
    {
        var process = ProcessOf(map);
        var child = map.Text("child");
        var pasid = PasidOf(map);
        var function = FunctionOf(map) ?? 0;
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            run.RefuseBound(pasid, function, map.Place);
            var operation = run.Process(process, map.Place).Space.Fork();
            foreach (var pause in run.Operation(operation, map.Place))
            {
                yield return pause;
            }

            if (operation.Child is { } space)
            {
                foreach (var pause in run.Adopt(child, space, pasid, isBound: true, function, map.Place))
                {
                    yield return pause;
                }
            }
        }
    }

    public static StepBody Exit(MapReader map)
    {
        var process = ProcessOf(map);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            foreach (var pause in run.Operation(run.Process(process, map.Place).Space.Exit(), map.Place))
            {
                yield return pause;
            }

            run.RemoveProcess(process);
        }
    }

    /// <summary>The key "function": the number of a function of the device; null: not said.</summary>
    public static int? FunctionOf(MapReader map) => map.Has("function") ? map.Integer("function", 0, low: 0, high: 7) : null;

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
            return run.Operation(space.Touch(range, forWrite: true), place);
        }

        return Pages();

        IEnumerable<Pause> Pages()
        {
            for (var page = range.Start.Value; page < range.End.Value; page += 4096)
            {
                foreach (var pause in run.Operation(space.Write(new VirtualAddress(page), run.FreshContent(PatternBytes)), place))
                {
                    yield return pause;
                }
            }
        }
    }
}
