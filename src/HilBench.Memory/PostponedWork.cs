using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>What a call site does only when its page-table lock is dropped, or after its range has ended.</summary>
/// <param name="Site">The call site.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Byte after the last.</param>
/// <param name="StrideShift">Of a CPU flush; 0: only the secondary TLB is invalidated.</param>
internal readonly record struct PostponedWork(CallSite Site, ulong Start, ulong End, int StrideShift)
{
    public bool IsCpuFlush => StrideShift != 0;
}
