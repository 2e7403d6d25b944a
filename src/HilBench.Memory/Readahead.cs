namespace HilBench.Memory;

/// <summary>Files on disk are read in windows of 128 KiB; a mark in the window tells when to read on.</summary>
/// <remarks>Models <c>do_sync_mmap_readahead</c>, <c>do_async_mmap_readahead</c> and <c>page_cache_ra_unbounded</c>.</remarks>
internal static class Readahead
{
    private const ulong PagesMax = 32;

    /// <summary>A fault comes to a page of a file.</summary>
    public static void AtFault(AddressSpace mm, CpuOperation op, Vma vma, ulong index)
    {
        var file = vma.File!;
        if (file.Kind != FileKind.Disk || vma.Has(VmaFlags.Random))
        {
            return;
        }

        if (!file.Pages.TryGetValue(index, out var frame))
        {
            var start = index > PagesMax / 2 ? index - (PagesMax / 2) : 0;
            Read(mm, op, file, start, PagesMax, marked: PagesMax / 4);
        }
        else if (mm.Memory.State(frame).Has(FrameFlags.Readahead))
        {
            mm.Memory.State(frame).Flags &= ~FrameFlags.Readahead;
            Continue(mm, op, file, index);
        }
    }

    /// <summary>Reads what follows the pages that are there already.</summary>
    private static void Continue(AddressSpace mm, CpuOperation op, MemoryFile file, ulong index)
    {
        var start = index + 1;
        while (file.Pages.ContainsKey(start) && start - index <= PagesMax)
        {
            start++;
        }

        if (start - index <= PagesMax)
        {
            var size = NextSize(start - index + 1);
            Read(mm, op, file, start, size, marked: size);
        }
    }

    /// <remarks>Models <c>get_next_ra_size</c>.</remarks>
    private static ulong NextSize(ulong pages) =>
        pages < PagesMax / 16 ? 4 * pages : pages <= PagesMax / 2 ? 2 * pages : PagesMax;

    private static void Read(
        AddressSpace mm, CpuOperation op, MemoryFile file, ulong start, ulong count, ulong marked)
    {
        var last = (file.SizeBytes + 4095) >> 12;
        count = start < last ? Math.Min(count, last - start) : 0;
        for (var i = 0UL; i < count; i++)
        {
            if (!file.Pages.ContainsKey(start + i) && FileFault.TryGetPage(mm, op, file, start + i, out var frame)
                && i + marked == count)
            {
                mm.Memory.State(frame).Flags |= FrameFlags.Readahead;
            }
        }
    }
}
