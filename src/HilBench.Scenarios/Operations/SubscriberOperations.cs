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
}
