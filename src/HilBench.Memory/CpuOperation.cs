using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// One CPU-side operation, such as a system call or a load. It moves when its <see cref="Steps"/> are moved, and yields
/// at every point where Linux could be preempted.
/// </summary>
public sealed class CpuOperation
{
    internal const int WaitsMax = 20_000;

    /// <summary>Far more faults in a row at one address than any race with other CPUs leads to.</summary>
    internal const int FaultsMax = 10_000;
    private readonly Kernel _kernel;
    private ulong _faultAddress;
    private int _faults;

    internal CpuOperation(
        Kernel kernel, AddressSpace mm, OperationKind kind, VirtualRange range,
        Func<CpuOperation, IEnumerable<PreemptionPoint>> body)
    {
        _kernel = kernel;
        AddressSpace = mm;
        Kind = kind;
        Range = range;
        Id = kernel.NextOperationId();
        Context = new CpuContext(Id);
        Steps = Run(body).GetEnumerator();
    }

    /// <summary>Counted from 1 in each kernel.</summary>
    public uint Id { get; }

    /// <summary>What it is.</summary>
    public OperationKind Kind { get; }

    /// <summary>What it is, in words.</summary>
    public string Name => Kind.ToString();

    /// <summary>The mm that it belongs to.</summary>
    public AddressSpace AddressSpace { get; }

    /// <summary>The addresses that it concerns; for an mmap without address known only when it has run.</summary>
    public VirtualRange Range { get; internal set; }

    /// <summary>The locks that it holds and the ranges that it has open.</summary>
    public CpuContext Context { get; }

    /// <summary>Moves the operation from point to point; finished when MoveNext returns false.</summary>
    public IEnumerator<PreemptionPoint> Steps { get; }

    /// <summary>Whether it has returned to its caller.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>0, or a negative error number of Linux.</summary>
    public int Errno { get; internal set; }

    /// <summary>The signal that the access raised.</summary>
    public Signal Signal { get; internal set; }

    /// <summary>si_code of the signal: 1 no mapping, 2 not allowed (SEGV) or no page behind (BUS).</summary>
    public int SignalCode { get; internal set; }

    /// <summary>
    /// si_code of the SIGBUS that a memory failure sent to the caller during the operation: 4 action required; 0 none.
    /// </summary>
    public int PoisonSignalCode { get; internal set; }

    /// <summary>What became of each page of move_pages: its node, or a negative error number.</summary>
    public IReadOnlyList<int> PageStatus { get; internal set; } = [];

    /// <summary>What a read returned.</summary>
    public ReadOnlyMemory<byte> Bytes { get; internal set; }

    /// <summary>The pages that an hmm_range_fault found, from the first on; empty when it failed.</summary>
    public IReadOnlyList<HmmPage> HmmPages { get; internal set; } = [];

    /// <summary>Bytes that were moved, filled, migrated, pinned or written.</summary>
    public ulong DoneBytes { get; internal set; }

    /// <summary>The pages to which a device got exclusive access.</summary>
    public IReadOnlyList<ExclusivePage> ExclusivePages { get; internal set; } = [];

    /// <summary>The pages that a PAGEMAP_SCAN found written, and protected.</summary>
    public IReadOnlyList<VirtualAddress> WrittenPages { get; internal set; } = [];

    /// <summary>Byte offsets in the file of the pages that dirty tracking found, in order.</summary>
    public IReadOnlyList<ulong> WrittenOffsets { get; internal set; } = [];

    /// <summary>The pages that were pinned, in the order of their addresses.</summary>
    public IReadOnlyList<PhysicalAddress> PinnedPages { get; internal set; } = [];

    /// <summary>The new address space of a fork or exec.</summary>
    public AddressSpace? Child { get; internal set; }

    /// <summary>Runs it to its end.</summary>
    /// <returns>The operation itself.</returns>
    /// <exception cref="InvalidOperationException">It waits for a device or a lock that nobody moves.</exception>
    public CpuOperation RunToEnd()
    {
        var waits = 0;
        while (Steps.MoveNext())
        {
            var isWaiting = Steps.Current.Kind
                is PreemptionKind.WaitForDevice or PreemptionKind.LockWait or PreemptionKind.SynchronizeWait;
            // Taking and dropping locks around a wait is no progress.
            var isLocking = Steps.Current.Kind is PreemptionKind.LockTaken or PreemptionKind.LockDropped;
            waits = isWaiting ? waits + 1 : isLocking ? waits : 0;
            if (waits > WaitsMax)
            {
                throw new InvalidOperationException(
                    $"{Name} waits for ever: {Steps.Current.Kind} in {Steps.Current.Site}");
            }
        }

        return this;
    }

    /// <summary>What call sites have put off until their range ends.</summary>
    internal List<PostponedWork> Postponed { get; } = [];

    /// <summary>The call site that the operation stands in; None outside all.</summary>
    internal CallSite Site { get; set; }

    /// <summary>Counts a fault before it is handled: one that is handled again and again at the same address never ends.</summary>
    /// <exception cref="InvalidOperationException">It was handled far too often: we are wrong.</exception>
    internal void CountFault(ulong address, bool isWrite)
    {
        _faults = address == _faultAddress ? _faults + 1 : 1;
        _faultAddress = address;
        if (_faults > FaultsMax)
        {
            var entry = AddressSpace.Tables.TryFind(address, PageTables.PteShift, out var slot, out var shift)
                ? AddressSpace.Tables.Read(slot).Value : 0;
            throw new InvalidOperationException(
                $"bug: {Name} of mm {AddressSpace.Id} faults without end: the {(isWrite ? "store to" : "load from")} 0x{address:x} "
                + $"was handled {FaultsMax} times and still faults, entry 0x{entry:x}");
        }
    }

    internal void Raise(Signal signal, int code)
    {
        Signal = signal;
        SignalCode = code;
    }

    private IEnumerable<PreemptionPoint> Run(Func<CpuOperation, IEnumerable<PreemptionPoint>> body)
    {
        _kernel.Journal.Append(JournalKind.OperationBegin, Record(0));
        foreach (var point in body(this))
        {
            yield return point;
        }

        _kernel.Validator.OnOperationEnd(AddressSpace.Id, Context);
        _kernel.Journal.Append(JournalKind.OperationEnd, Record(Signal != Signal.None ? (int)Signal : Errno));
        IsFinished = true;
    }

    private OperationRecord Record(int result) =>
        new(Id, AddressSpace.Id, Kind, result, Range.Start.Value, Range.End.Value);
}
