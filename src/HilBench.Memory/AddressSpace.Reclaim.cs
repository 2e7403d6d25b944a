using HilBench.Notifiers;

namespace HilBench.Memory;

public sealed partial class AddressSpace
{
    /// <summary>
    /// The process moves to a new cgroup of its own: what it touches first from now on is charged to that, and so is what
    /// its children do.
    /// </summary>
    public void EnterCgroup() => Cgroup = Kernel.CreateCgroup();

    /// <summary>
    /// Takes memory from the cgroup of the process: pages that were not used lately go to swap or back to their file, and
    /// lazily freed ones are dropped. -EAGAIN when the cgroup has not so much to give.
    /// </summary>
    /// <param name="sizeBytes">How much is wanted; whole pages count.</param>
    /// <remarks>Models <c>memory.reclaim</c>.</remarks>
    public CpuOperation Reclaim(ulong sizeBytes) => new(
        Kernel, this, OperationKind.Reclaim, Whole, op => ReclaimCgroup.Run(this, op, sizeBytes));

    /// <summary>
    /// Brings everything back from swap, for all processes, and takes the swap area away; it is there again, empty,
    /// afterwards.
    /// </summary>
    /// <remarks>Models <c>swapoff</c>. No notifier: not present becomes present.</remarks>
    public CpuOperation SwapOff() => new(
        Kernel, this, OperationKind.SwapOff, Whole, op => HilBench.Memory.SwapOff.Run(Kernel, op));

    /// <summary>The process falls asleep in the kernel so that no signal wakes it (TASK_UNINTERRUPTIBLE).</summary>
    public void Block() => IsBlocked = true;

    /// <summary>The process wakes up; when it was killed meanwhile it exits.</summary>
    public CpuOperation Unblock() => new(Kernel, this, OperationKind.Exit, Whole, op =>
    {
        IsBlocked = false;
        return IsKilled && !HasExited ? ExitProcess.Run(this, op) : [];
    });

    /// <summary>The process is killed. One that sleeps uninterruptibly keeps its memory until it wakes up.</summary>
    /// <remarks>Models <c>SIGKILL</c> and <c>exit_mm</c>.</remarks>
    public CpuOperation Kill() => new(
        Kernel, this, OperationKind.Kill, Whole, op => ReapMemory.Kill(this, op));

    /// <summary>
    /// Takes the private memory of this process, which must be dying: -EINVAL when it was not killed, -ESRCH when it is
    /// gone already, -EAGAIN when a notifier refused and something stayed.
    /// </summary>
    /// <param name="caller">The process that asks.</param>
    /// <remarks>Models <c>process_mrelease</c>.</remarks>
    public CpuOperation ReleaseMemory(AddressSpace caller) => new(
        Kernel, caller, OperationKind.Reap, Whole, op => ReapMemory.Release(this, op));

    /// <summary>
    /// The kernel ran out of memory: the process with most memory, as OomScoreAdjustment weighs it, is killed. When it
    /// cannot exit the OOM reaper takes its private memory.
    /// </summary>
    /// <remarks>Models <c>out_of_memory</c>, <c>oom_kill_process</c> and <c>oom_reap_task</c>.</remarks>
    public CpuOperation OomKill() => new(
        Kernel, this, OperationKind.Kill, Whole, op => ReapMemory.OomKill(Kernel, op));

    /// <summary>
    /// NUMA balancing looks where the pages of a range are used: pages on another node than the CPUs' lose their
    /// protection until the next access, which moves them.
    /// </summary>
    /// <remarks>Models <c>task_numa_work</c> and <c>change_prot_numa</c>.</remarks>
    public CpuOperation NumaProtect(VirtualRange range) => new(
        Kernel, this, OperationKind.Numa, range, op => NumaFault.Protect(this, op, range));

    /// <summary>Moves pages to a node; what became of each is in the operation's PageStatus.</summary>
    /// <param name="range">Whole pages.</param>
    /// <param name="node">0 or 1.</param>
    /// <param name="movesShared">Whether pages that others map too are moved (MPOL_MF_MOVE_ALL).</param>
    /// <remarks>Models <c>move_pages</c>.</remarks>
    public CpuOperation MovePages(VirtualRange range, byte node, bool movesShared = false) => new(
        Kernel, this, OperationKind.Numa, range, op => NodeMigration.Move(this, op, range, node, movesShared));

    /// <summary>Moves every page of the process that lies on one node to another.</summary>
    /// <remarks>Models <c>migrate_pages</c>.</remarks>
    public CpuOperation MigratePages(byte from, byte to) => new(
        Kernel, this, OperationKind.Numa, Whole, op => NodeMigration.MoveAll(this, op, from, to));

    /// <summary>Binds a range to a node and moves there what lies elsewhere.</summary>
    /// <param name="range">The range.</param>
    /// <param name="node">0 or 1.</param>
    /// <param name="movesShared">Whether pages that others map too are moved (MPOL_MF_MOVE_ALL).</param>
    /// <remarks>Models <c>mbind</c> with MPOL_BIND and MPOL_MF_MOVE.</remarks>
    public CpuOperation MbindMove(VirtualRange range, byte node, bool movesShared = false) => new(
        Kernel, this, OperationKind.Mbind, range,
        op => NodeMigration.Bind(this, op, range, node, movesShared));
}
