namespace HilBench.Notifiers;

/// <summary>Why real kernels were unsafe at a call site (notifier specification, 2.3 and 3.2).</summary>
internal static class UnsafeSites
{
    public static string ReasonOf(CallSite site, Placement placement) => site switch
    {
        CallSite.NumaThpFault =>
            "migration of the huge page may start before the range_end of the protection change: a device can still write "
            + "the old page during the copy",
        CallSite.MisplacedThp =>
            "the secondary TLB is invalidated only when the new page is installed, after the copy: a device can still "
            + "write the old page meanwhile",
        CallSite.Mremap =>
            "the device's translation of the old address lives until range_end, although reclaim or truncate can "
            + "already free the page through the new address",
        CallSite.CollapseFile =>
            "no start/end: the page table is freed while a walker or a secondary MMU may still use it",
        CallSite.OomReaper => "the reaper unmaps without start/end: start/end clients never hear of it",
        CallSite.DaxMkClean =>
            "invalidate_page is called only after the page-table lock was dropped: another CPU may have mapped another "
            + "page by then",
        _ when placement.HasFlag(Placement.ByPage) =>
            "invalidate_page names one 4 KiB page, also when a larger entry maps it, start/end clients are told nothing, and "
            + "it comes after the page's reference was dropped",
        _ => "the placement is marked unsafe in the notifier specification",
    };
}
