namespace HilBench.Memory;

/// <summary>Which page belongs to what, and how often it is mapped.</summary>
internal static class Rmap
{
    /// <summary>A page that nobody else knows becomes anonymous memory of the mapping (page_add_new_anon_rmap).</summary>
    public static void AddNewAnon(PhysicalMemory memory, ulong frame, Vma vma, ulong address)
    {
        ref var page = ref memory.State(frame);
        page.Flags |= FrameFlags.Anonymous | FrameFlags.AnonExclusive | FrameFlags.SwapBacked;
        page.MappingId = vma.AnonVma!.Id;
        page.Index = vma.IndexOf(address);
        if (page.Order == 0)
        {
            page.MapCount = 1;
        }
        else
        {
            page.EntireMapCount = 1;
        }
    }

    /// <summary>A mapping by a PTE goes away; the reference is dropped later.</summary>
    public static void RemovePte(PhysicalMemory memory, ulong frame) => memory.State(frame).MapCount--;
}
