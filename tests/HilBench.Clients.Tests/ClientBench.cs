using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients.Tests;

/// <summary>A kernel with one process and one client.</summary>
internal sealed class ClientBench
{
    public const ulong Base = 0x10_0000_0000;

    public ClientBench(KernelProfile? profile = null, int memoryMiB = 64)
    {
        var memory = new PhysicalMemory((ulong)memoryMiB << 20);
        Journal = new EventJournal(new StoppedClock(), capacityLog2: 8);
        Kernel = new Kernel((profile ?? KernelProfile.Default).AsKernel(), memory, Journal);
        Oracle = new AccessOracle(memory);
        Journal.Subscribe(Oracle);
        Space = Kernel.CreateAddressSpace();
    }

    public EventJournal Journal { get; }

    public Kernel Kernel { get; }

    public AccessOracle Oracle { get; }

    public AddressSpace Space { get; }

    public static VirtualAddress Page(int index) => new(Base + ((ulong)index << 12));

    public static VirtualRange Range(int first, int count) => VirtualRange.OfSize(Page(first), (ulong)count << 12);

    public ClientDevice Add(ClientKind kind, ClientFault fault = ClientFault.None, VirtualRange? range = null, ulong owner = 0)
    {
        var client = ClientFactory.Create(kind, Space, Oracle, new() { Fault = fault, Range = range, Owner = owner });
        Finish(client.Attach());
        return client;
    }

    /// <summary>Runs steps to their end; nobody else moves.</summary>
    public static void Finish(IEnumerable<PreemptionPoint> steps)
    {
        var waits = 0;
        foreach (var point in steps)
        {
            waits = point.Kind == PreemptionKind.LockWait ? waits + 1 : 0;
            Assert.That(waits, Is.LessThan(1000), $"{point.Site} waits for ever");
        }
    }

    /// <summary>Reads as the device: it faults when it must.</summary>
    public static DeviceAccess Read(ClientDevice client, VirtualAddress address)
    {
        for (var i = 0; i < 4; i++)
        {
            if (client.TryRead(address, out var access))
            {
                return access;
            }

            var fault = new DeviceFault(address, isWrite: false);
            Finish(client.HandleFault(fault));
            if (fault.IsRefused)
            {
                return default;
            }
        }

        throw new InvalidOperationException("the device faults again and again");
    }
}
