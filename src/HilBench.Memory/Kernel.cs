using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>The host: memory, address spaces, and what they share.</summary>
public sealed class Kernel
{
    private readonly List<AddressSpace> _spaces = [];
    private readonly SwapArea _swap;
    private readonly LruLists _lru;
    private readonly MergeTrees _merging;
    private readonly LazyFreeBatch _lazyFreed;
    private readonly List<object?> _mappings = [null];
    private readonly CpuContext _driver = new(operationId: 0);
    private uint _operations;
    private byte _cgroups;
    private Dictionary<(byte Cgroup, byte Node), GenerationalLru>? _generations;
    private int _rmapReaders;
    private CpuOperation? _rmapWriter;

    /// <summary>Memory nodes: 0 has the CPUs, 1 has none.</summary>
    internal const int Nodes = 2;

    /// <summary>The node that has the CPUs.</summary>
    internal const byte LocalNode = 0;

    /// <summary>The node that has none.</summary>
    internal const byte RemoteNode = 1;

    /// <summary>Boots a kernel.</summary>
    public Kernel(KernelProfile profile, PhysicalMemory memory, EventJournal journal)
    {
        Profile = profile;
        Memory = memory;
        Journal = journal;
        Validator = new NotifierValidator(journal);
        _swap = new SwapArea(this);
        _lru = new LruLists(this);
        _merging = new MergeTrees(memory);
        _lazyFreed = new LazyFreeBatch(profile);
        DrainsPerCpuPagesOfPoison = profile.Version is >= 413 and < 510;
        Invariant.Holds(memory.TryAllocate(0, out var zero));
        memory.State(zero).Flags |= FrameFlags.Zero;
        ZeroFrame = zero;
    }

    /// <summary>Which kernel is modelled.</summary>
    public KernelProfile Profile { get; }

    /// <summary>The frames.</summary>
    public PhysicalMemory Memory { get; }

    /// <summary>Where everything is recorded.</summary>
    public EventJournal Journal { get; }

    /// <summary>Watches the notifier calls.</summary>
    public NotifierValidator Validator { get; }

    /// <summary>
    /// Pages that a gather collects before it must flush and free them. Fewer than in Linux show with a small range what happens
    /// in a large one.
    /// </summary>
    public int GatherPagesMax { get; set; } = MmuGather.PagesMax;

    /// <summary>All address spaces that were made, in that order; the exited ones too.</summary>
    public IReadOnlyList<AddressSpace> AddressSpaces => Use(_spaces, KernelPart.AddressSpaces, isWrite: false);

    /// <summary>Frame of the zero page.</summary>
    internal ulong ZeroFrame { get; }

    /// <summary>First frame of the huge zero page; 0 before the first use.</summary>
    internal ulong HugeZeroFrame { get; private set; }

    /// <summary>Makes an empty address space with 4- or 5-level page tables.</summary>
    /// <exception cref="InvalidOperationException">No memory is left.</exception>
    public AddressSpace CreateAddressSpace(int levels = 4)
    {
        var space = new AddressSpace(this, (uint)_spaces.Count + 1, levels);
        Use(_spaces, KernelPart.AddressSpaces).Add(space);
        return space;
    }

    /// <summary>Makes a file; its pages are zero until written.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="sizeBytes">Bytes.</param>
    /// <param name="kind">What stands behind it.</param>
    /// <param name="givesHugePages">Shared memory only: whether madvise HUGEPAGE gets huge pages.</param>
    public MemoryFile CreateFile(
        string name, ulong sizeBytes, FileKind kind = FileKind.SharedMemory, bool givesHugePages = false)
    {
        var file = new MemoryFile(_mappings.Count, name, sizeBytes, kind) { GivesHugePages = givesHugePages };
        Use(_mappings, KernelPart.Mappings).Add(file);
        return file;
    }

    /// <summary>What lies in swap, and the swap cache.</summary>
    internal SwapArea Swap => Use(_swap, KernelPart.Swap);

    /// <summary>The order in which reclaim looks at pages.</summary>
    internal LruLists Lru => Use(_lru, KernelPart.Lru);

    /// <summary>Pages that madvise FREE left on the CPU.</summary>
    internal LazyFreeBatch LazyFreed => Use(_lazyFreed, KernelPart.LazyFreed);

    /// <summary>What KSM knows.</summary>
    internal MergeTrees Merging => Use(_merging, KernelPart.Merging);

    /// <summary>Whether the multi-generational LRU is on (/sys/kernel/mm/lru_gen/enabled). Off at first.</summary>
    public bool HasGenerations
    {
        get => _generations is not null;
        set => _generations = !value ? null : _generations ?? [];
    }

    internal GenerationalLru GenerationsOf(byte cgroup, byte node)
    {
        var generations = _generations!;
        if (!generations.TryGetValue((cgroup, node), out var found))
        {
            found = new GenerationalLru(this, cgroup, node);
            generations.Add((cgroup, node), found);
        }

        return found;
    }

    /// <summary>
    /// Whether the CPUs' free lists are drained after pages were poisoned: from 4.13 (commit c461ad6a63b3) until 5.9, after
    /// which the page itself is taken off. Switch it off to see a poisoned page handed out again.
    /// </summary>
    public bool DrainsPerCpuPagesOfPoison { get; set; }

    /// <summary>Whether any process is in a cgroup of its own.</summary>
    internal bool HasCgroups => _cgroups > 0;

    internal byte CreateCgroup()
    {
        Invariant.Holds(_cgroups < byte.MaxValue);
        return ++_cgroups;
    }

    /// <summary>
    /// Says when anonymous memory gets large folios of a size (hugepages-N/enabled). At boot 2 MiB are for madvise
    /// HUGEPAGE, all other sizes off.
    /// </summary>
    /// <param name="order">Pages of a folio as a power of two, 2 to 9; below 9 only from 6.8 on.</param>
    /// <param name="use">When.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such size.</exception>
    public void SetLargeFolios(int order, LargeFolioUse use)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, HugePages.Order);
        LargeFolioUses[order] = use;
    }

    /// <summary>When each size of large folios is used, by order.</summary>
    internal LargeFolioUse[] LargeFolioUses { get; } = LargeFolios.AtBoot();

    /// <summary>
    /// Takes the reverse-map lock: to visit mappings of a page, or (write) to take away tables that a visitor could
    /// stand in.
    /// One lock stands for all anon_vma and i_mmap locks.
    /// </summary>
    internal bool TryEnterRmap(CpuOperation op, bool write = false)
    {
        var isRefused = _rmapWriter is not null || (write && _rmapReaders > 0);
        Memory.Watcher?.OnLock(KernelPart.Rmap, 0, write, isRefused ? LockUse.Refused : LockUse.Taken);
        if (isRefused)
        {
            return false;
        }

        _rmapWriter = write ? op : null;
        _rmapReaders += write ? 0 : 1;
        op.Context.RmapLocks++;
        return true;
    }

    internal void LeaveRmap(CpuOperation op)
    {
        Memory.Watcher?.OnLock(KernelPart.Rmap, 0, _rmapWriter == op, LockUse.Released);
        if (_rmapWriter == op)
        {
            _rmapWriter = null;
        }
        else
        {
            _rmapReaders--;
        }

        op.Context.RmapLocks--;
    }

    /// <summary>Whether the page is one of a file or of shared memory, which holds a reference.</summary>
    internal bool IsInFile(ulong head) => MappingOf(Memory.State(head).MappingId) is MemoryFile;

    /// <summary>References that a file holds to a page: one for each base page, one for a hugetlb page.</summary>
    internal int ReferencesOfFile(ulong head) => !IsInFile(head) ? 0
        : Memory.State(head).Has(FrameFlags.Hugetlb) ? 1 : 1 << Memory.State(head).Order;

    /// <summary>Whether the page is persistent memory, which stays where it is.</summary>
    internal bool IsDax(ulong head) => MappingOf(Memory.State(head).MappingId) is MemoryFile { Kind: FileKind.Dax };

    /// <summary>CPU operations that were begun.</summary>
    public uint OperationCount => _operations;

    internal uint NextOperationId() => ++_operations;

    internal AnonVma CreateAnonVma()
    {
        var anon = new AnonVma(_mappings.Count);
        Use(_mappings, KernelPart.Mappings).Add(anon);
        return anon;
    }

    /// <summary>Every file that was made.</summary>
    internal IEnumerable<MemoryFile> Files => Use(_mappings, KernelPart.Mappings).OfType<MemoryFile>();

    internal object? MappingOf(int id) => Use(_mappings, KernelPart.Mappings, isWrite: false)[id];

    internal bool TryGetHugeZeroFrame(CpuOperation op)
    {
        Memory.Watcher?.OnPart(KernelPart.HugeZeroPage, 0, HugeZeroFrame == 0);
        if (HugeZeroFrame == 0 && TryAllocate(op, 9, out var frame))
        {
            HugeZeroFrame = frame;
            Memory.State(frame).Flags |= FrameFlags.Zero;
        }

        return HugeZeroFrame != 0;
    }

    // Who uses a part of the kernel may change it, and others see who was first.
    private T Use<T>(T part, KernelPart which, bool isWrite = true)
    {
        Memory.Watcher?.OnPart(which, 0, isWrite);
        return part;
    }

    internal bool TryAllocate(CpuOperation? op, int order, out ulong frame)
    {
        if (!Memory.TryAllocate(order, out frame))
        {
            return false;
        }

        Memory.State(frame).Cgroup = op?.AddressSpace.Cgroup ?? 0;
        Journal.Append(JournalKind.FrameAllocated, new FrameRecord(frame, Memory.State(frame).Identity, op?.Id ?? 0,
            (byte)order));
        return true;
    }

    /// <summary>Allocates a page for an address of a mapping, on the node that its memory policy names.</summary>
    /// <remarks>Models <c>vma_alloc_folio</c> and <c>get_vma_policy</c>.</remarks>
    internal bool TryAllocate(CpuOperation op, Vma vma, ulong address, int order, out ulong frame)
    {
        var isMade = TryAllocate(op, order, out frame);
        if (isMade)
        {
            Memory.State(frame).Node = vma.NodeAt(address);
        }

        return isMade;
    }

    /// <summary>Allocates a page of a file or of shared memory, on the node that was asked for that part of it.</summary>
    /// <remarks>Models <c>shmem_alloc_folio</c> with <c>mpol_shared_policy_lookup</c>.</remarks>
    internal bool TryAllocate(CpuOperation op, MemoryFile file, ulong index, int order, out ulong frame)
    {
        var isMade = TryAllocate(op, order, out frame);
        if (isMade)
        {
            Memory.State(frame).Node = file.NodeAt(index);
        }

        return isMade;
    }

    /// <summary>
    /// The kernel itself stores to a page that programs and devices may see meanwhile: in the page cache, or in the memory of
    /// another process.
    /// </summary>
    /// <param name="op">Who stores.</param>
    /// <param name="place">First byte; all lie in one frame.</param>
    /// <param name="bytes">What.</param>
    /// <param name="address">Where the process has it mapped; 0: the store does not go by a mapping.</param>
    internal void Store(CpuOperation op, PhysicalAddress place, ReadOnlySpan<byte> bytes, ulong address = 0)
    {
        Span<byte> data = stackalloc byte[8];
        bytes[..Math.Min(8, bytes.Length)].CopyTo(data);
        Journal.Append(JournalKind.CpuWrite, new CpuAccessRecord(
            op.AddressSpace.Id, op.Id, address, place.Value, BinaryPrimitives.ReadUInt64LittleEndian(data), (uint)bytes.Length));
        Memory.Write(place, bytes);
    }

    /// <summary>Takes a reference to the page that holds the address, as get_user_pages does for a driver.</summary>
    public void Pin(PhysicalAddress page) => Get(page.Frame);

    /// <summary>Drops a driver's reference; the last one frees the page.</summary>
    /// <param name="space">The address space that the driver looked the page up in.</param>
    /// <param name="page">An address in the page.</param>
    public void Unpin(AddressSpace space, PhysicalAddress page) =>
        Put(space.Id, Validator.Caller ?? _driver, page.Frame, 1);

    /// <summary>Drops references to a page; the last one frees it.</summary>
    internal void Put(CpuOperation op, ulong frame, int references = 1) =>
        Put(op.AddressSpace.Id, op.Context, frame, references);

    private void Put(uint mmId, CpuContext cpu, ulong frame, int references)
    {
        var head = Memory.HeadOf(frame);
        ref var state = ref Memory.State(head);
        Invariant.Holds(state.RefCount >= references);
        state.RefCount -= references;
        if (state.RefCount > 0)
        {
            return;
        }

        for (var i = 0UL; i < 1UL << state.Order; i++)
        {
            Validator.OnFrameFreed(mmId, cpu, head + i);
        }

        Journal.Append(JournalKind.FrameFreed, new FrameRecord(head, state.Identity, cpu.OperationId, state.Order));
        Memory.Free(head);
    }

    internal void Get(ulong frame, int references = 1) => Memory.State(Memory.HeadOf(frame)).RefCount += references;
}
