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
            "as, kind, at and size (everything), fault (none), owner (0), whole-pasid (false), process",
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
            "pin", ["Kernel.Pin"], "at, as, process",
            "takes a reference to the page that is mapped there, as get_user_pages does for a driver", [])
        {
            Read = Pin,
        },
        new("unpin", ["Kernel.Unpin"], "pin", "drops the reference again; the last one frees the page", [])
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
        var at = map.Address("at");
        var name = map.Name("as");
        return OperationSteps.Now(map, (run, space) =>
        {
            var address = new VirtualAddress(at.Evaluate(run.Names));
            var page = space.Tables.TryWalk(address, out var walk)
                ? walk.Translate(address)
                : throw map.Place.Error($"nothing is mapped at {address}", "Touch it before.");
            space.Kernel.Pin(page);
            run.Pins[name] = (space, page);
        });
    }

    private static StepBody Unpin(MapReader map)
    {
        var name = map.Name("pin");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            if (!run.Pins.Remove(name, out var pin))
            {
                throw map.Place.Error($"there is no pin '{name}'", NearestName.Suggest(name, run.Pins.Keys));
            }

            pin.Space.Kernel.Unpin(pin.Space, pin.Page);
            yield break;
        }
    }
}
