using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Loads, stores and other uses of pages: what faults do.</summary>
internal static class AccessOperations
{
    /// <summary>What a fault for a load can reach.</summary>
    private static readonly CallSite[] _loadSites =
    [
        CallSite.FaultIn, CallSite.NumaThpFault, CallSite.MisplacedThp, CallSite.MigrateUnmap, CallSite.MigrateRestore,
        CallSite.ExclusiveRevoke,
    ];

    /// <summary>What a fault for a store can reach.</summary>
    private static readonly CallSite[] _storeSites =
    [
        .. _loadSites, CallSite.Cow, CallSite.ZeroPageWrite, CallSite.WriteReuse, CallSite.HugeCow,
        CallSite.HugeCowFallback, CallSite.ThpSplit, CallSite.HugeZeroSplit, CallSite.FileThpSplit, CallSite.HugetlbCow,
        CallSite.HugeZeroWrite,
    ];

    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "touch", ["AddressSpace.Touch"], "at, size (4KiB), for (write; read), process",
            "page faults, without changing content", _storeSites)
        {
            Read = map =>
            {
                var isWrite = map.OneOf("for", "write", "read", "write") == "write";
                return OperationSteps.OnRange(map, (space, range) => space.Touch(range, isWrite));
            },
        },
        new(
            "write", ["AddressSpace.Write"], "at, size (64, up to 4MiB), value (none: bytes that no other store uses), process",
            "stores bytes; value fills with one byte from 0 to 255, so that pages can be equal", _storeSites)
        {
            Read = CpuSteps.Write,
        },
        new("read", ["AddressSpace.Read"], "at, process", "loads 8 bytes", _loadSites)
        {
            Read = CpuSteps.Read,
        },
        new(
            "write-forced", ["AddressSpace.WriteForced"], "at, size (64, up to 4MiB), process",
            "stores through /proc/PID/mem as a debugger does, also where a private mapping is read-only", _storeSites)
        {
            Read = map => Store(map, (space, at, bytes) => space.WriteForced(at, bytes)),
        },
        new(
            "write-remote", ["AddressSpace.WriteRemote"], "at, size (64, up to 4MiB), process",
            "process_vm_writev: another process stores into this one", _storeSites)
        {
            Read = map => Store(map, (space, at, bytes) => space.WriteRemote(at, bytes)),
        },
        new(
            "hmm-fault", ["AddressSpace.HmmRangeFault"], "at, size (4KiB), for (read; write, snapshot), process",
            "hmm_range_fault: a driver looks pages up and faults in what does not allow its access", _storeSites)
        {
            Read = map =>
            {
                var access = map.OneOf("for", "read", "read", "write", "snapshot") switch
                {
                    "write" => HmmAccess.Write,
                    "snapshot" => HmmAccess.Snapshot,
                    _ => HmmAccess.Read,
                };
                return OperationSteps.OnRange(map, (space, range) => space.HmmRangeFault(range, access));
            },
        },
    ];

    private static StepBody Store(MapReader map, Func<AddressSpace, VirtualAddress, byte[], CpuOperation> store)
    {
        var at = map.Address("at");
        var size = CpuSteps.StoreSizeOf(map);
        return OperationSteps.OnProcess(map, (run, space) =>
            store(space, new VirtualAddress(at.Evaluate(run.Names)), run.FreshContent(size)));
    }
}
