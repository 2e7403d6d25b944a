using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A subscriber with its simulated device: the device accesses memory only through what the client has mapped, and
/// faults through the client's own fault path.
/// </summary>
public abstract class ClientDevice
{
    /// <summary>Bytes of the page that one PMD maps.</summary>
    private protected const ulong HugePageBytes = 1UL << 21;

    /// <summary>A client that is not registered yet.</summary>
    /// <param name="space">Whose page tables it mirrors.</param>
    /// <param name="oracle">Judges what its device does.</param>
    /// <param name="options">Its mistake and its range.</param>
    /// <exception cref="ArgumentException">The archetype cannot make that mistake.</exception>
    protected ClientDevice(AddressSpace space, AccessOracle oracle, ClientOptions options)
    {
        Space = space;
        Oracle = oracle;
        Options = options;
        Callbacks = new CallbackSteps(space.Kernel.Validator);
    }

    /// <summary>Whose page tables it mirrors.</summary>
    public AddressSpace Space { get; }

    /// <summary>The mistake that it makes.</summary>
    public ClientFault Fault => Options.Fault;

    /// <summary>Whether the mm was released: every access is refused from then on.</summary>
    public bool IsStopped { get; protected set; }

    /// <summary>Judges the accesses.</summary>
    protected AccessOracle Oracle { get; }

    /// <summary>What it was told.</summary>
    protected ClientOptions Options { get; }

    /// <summary>The addresses that it watches.</summary>
    protected VirtualRange Watched => Options.Range ?? new VirtualRange(new(0), Space.Tables.UserEnd);

    /// <summary>Callbacks under way.</summary>
    private protected CallbackSteps Callbacks { get; }

    /// <summary>Registers it, as its driver does when it is opened.</summary>
    public abstract IEnumerable<PreemptionPoint> Attach();

    /// <summary>Unregisters it and drops everything.</summary>
    public abstract IEnumerable<PreemptionPoint> Detach();

    /// <summary>
    /// Handles a fault of the device: looks the page up and makes it reachable. It ends without when the fault is
    /// refused.
    /// </summary>
    public abstract IEnumerable<PreemptionPoint> HandleFault(DeviceFault fault);

    /// <summary>What the device has for an address; false: it must fault first.</summary>
    public abstract bool TryTranslate(VirtualAddress address, out ShadowEntry entry);

    /// <summary>Does what was put off in callbacks.</summary>
    public virtual void DoDeferredWork()
    {
    }

    /// <summary>Reads 8 bytes. False: the device must fault first.</summary>
    /// <param name="address">Where; a multiple of 8.</param>
    /// <param name="access">What it met.</param>
    public bool TryRead(VirtualAddress address, out DeviceAccess access)
    {
        access = default;
        if (!TryTranslate(address, out var entry))
        {
            return false;
        }

        var physical = entry.Frame.Add(address.Value & 4095);
        var outcome = Oracle.Judge(Space, address, entry, isWrite: false);
        access = new DeviceAccess(outcome, physical, Space.Kernel.Memory.ReadUInt64(physical));
        return true;
    }

    /// <summary>Writes 8 bytes. False: the device must fault first.</summary>
    /// <param name="address">Where; a multiple of 8.</param>
    /// <param name="value">What.</param>
    /// <param name="access">What it met.</param>
    public bool TryWrite(VirtualAddress address, ulong value, out DeviceAccess access)
    {
        access = default;
        if (!TryTranslate(address, out var entry) || !entry.IsWritable)
        {
            return false;
        }

        var physical = entry.Frame.Add(address.Value & 4095);
        access = new DeviceAccess(Oracle.Judge(Space, address, entry, isWrite: true), physical, value);
        Space.Kernel.Memory.WriteUInt64(physical, value);
        return true;
    }

    /// <summary>
    /// Finds the page of a fault, or refuses it; no lock is held after. As get_user_pages: faults the page in on the
    /// CPU's side and looks at what is mapped then.
    /// </summary>
    protected virtual IEnumerable<PreemptionPoint> FindPage(DeviceFault fault)
    {
        Invariant.Holds(!fault.IsRefused);
        var touch = Space.Touch(VirtualRange.OfSize(fault.Page, 4096), fault.IsWrite);
        while (touch.Steps.MoveNext())
        {
            yield return touch.Steps.Current;
        }

        fault.IsRefused = touch.Signal != Signal.None || !TryWalk(fault);
        yield return Step("page-found");
    }

    /// <summary>Looks at what is mapped at this moment, without faulting it in.</summary>
    protected bool TryWalk(DeviceFault fault)
    {
        if (!Space.Tables.TryWalk(fault.Page, out var walk) || !walk.IsUser || (fault.IsWrite && !walk.IsWritable))
        {
            return false;
        }

        var frame = walk.Translate(fault.Page);
        fault.Found = new ShadowEntry(frame, walk.IsWritable, Oracle.GenerationOf(frame));
        return true;
    }

    /// <summary>Takes a client's lock for writing.</summary>
    protected static IEnumerable<PreemptionPoint> Take(ClientLock clientLock)
    {
        while (!clientLock.TryEnter())
        {
            yield return Waiting("client lock");
        }
    }

    /// <summary>A step of the client's own code.</summary>
    protected static PreemptionPoint Step(string name) => new(PreemptionKind.ClientStep, name);

    /// <summary>The client's code waits for others.</summary>
    protected static PreemptionPoint Waiting(string name) => new(PreemptionKind.LockWait, name);
}
