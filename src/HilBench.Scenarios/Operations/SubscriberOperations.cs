using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Notifiers are registered and unregistered, pages pinned: what drivers ask of the kernel.</summary>
internal static class SubscriberOperations
{
    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "client-add", ["AddressSpace.Register", "AddressSpace.RegisterIntervals"],
            "as, kind, at and size (everything), fault (none), owner (0), whole-pasid (false), base-pages (false), process",
            "registers a subscriber with a simulated device of its own; see clients.md", [])
        {
            Read = ClientSteps.Add,
        },
        new(
            "client-remove", ["AddressSpace.Unregister"], "client",
            "unregisters a subscriber; when it has ended no callback of it runs", [])
        {
            Read = ClientSteps.Remove,
        },
        new(
            "exclusive", ["AddressSpace.MakeDeviceExclusive"], "at, size (4KiB), owner (1), process",
            "gives a device exclusive access to anonymous pages; the next access of a CPU takes it back",
            [CallSite.ExclusiveCreate, CallSite.ThpSplit])
        {
            Since = 513,
            Read = map =>
            {
                var owner = (ulong)map.Integer("owner", 1, low: 0, high: int.MaxValue);
                return OperationSteps.OnRange(map, (space, range) => space.MakeDeviceExclusive(range, owner));
            },
        },
        new(
            "pin", ["AddressSpace.PinPages"], "at, size (4KiB), as, for (read; write), long-term (false), process",
            "pin_user_pages: a driver takes references to the pages of a range, which may fault them in",
            [CallSite.FaultIn, CallSite.Cow, CallSite.ZeroPageWrite, CallSite.WriteReuse, CallSite.ThpSplit,
                CallSite.HugeZeroSplit, CallSite.HugetlbCow, CallSite.MigrateUnmap, CallSite.MigrateRestore])
        {
            Read = Pin,
        },
        new("unpin", ["AddressSpace.UnpinPages"], "pin", "the driver lets go; the last reference frees a page", [])
        {
            Read = Unpin,
        },
        new(
            "cpus", ["AddressSpace.HasRunOnSeveralCpus"], "several (true), process",
            "whether threads of the process ran on several CPUs: then reclaim and migration batch their flushes", [])
        {
            Read = map =>
            {
                var isSeveral = map.Flag("several", otherwise: true);
                return OperationSteps.Now(map, (_, space) => space.HasRunOnSeveralCpus = isSeveral);
            },
        },
    ];

    private static StepBody Pin(MapReader map)
    {
        var process = CpuSteps.ProcessOf(map);
        var at = map.Address("at");
        var size = map.Size("size", 4096);
        var name = map.Name("as");
        var isWrite = map.OneOf("for", "read", "read", "write") == "write";
        var isLongTerm = map.Flag("long-term");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var space = run.Process(process, map.Place).Space;
            var operation = space.PinPages(OperationSteps.RangeOf(run, at, size, map.Place), isWrite, isLongTerm);
            foreach (var pause in run.Operation(operation, map.Place))
            {
                yield return pause;
            }

            run.Pins[name] = (space, operation.PinnedPages);
        }
    }

    private static StepBody Unpin(MapReader map)
    {
        var name = map.Name("pin");
        return run => run.Pins.Remove(name, out var pin)
            ? run.Operation(pin.Space.UnpinPages(pin.Pages), map.Place)
            : throw map.Place.Error($"there is no pin '{name}'", NearestName.Suggest(name, run.Pins.Keys));
    }
}
