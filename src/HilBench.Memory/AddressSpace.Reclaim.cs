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
}
