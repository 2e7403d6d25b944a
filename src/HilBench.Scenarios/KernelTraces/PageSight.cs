namespace HilBench.Scenarios.KernelTraces;

/// <summary>One page as it is seen in a page table.</summary>
/// <param name="State">Its state.</param>
/// <param name="Id">Which page, or which swap slot; 0 where there is no id.</param>
internal readonly record struct PageSight(PageState State, ulong Id);
