using System.Runtime.InteropServices;

namespace HilBench.Scenarios;

/// <summary>What a closed loop has done so far. The layout is that of hil_loop_totals.</summary>
/// <param name="Transactions">DMA operations ended and invalidations completed.</param>
/// <param name="Cycles">Device clock cycles since the loop began.</param>
/// <param name="Tlps">TLPs, both ways.</param>
/// <param name="Hash">Over every TLP of the device and its cycle: equal hashes mean equal work.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct LoopTotals(ulong Transactions, ulong Cycles, ulong Tlps, ulong Hash);
