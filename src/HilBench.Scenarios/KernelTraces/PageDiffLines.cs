namespace HilBench.Scenarios.KernelTraces;

/// <summary>Makes the lines that show pages which differ.</summary>
internal sealed class PageDiffLines
{
    private readonly List<(ulong At, ulong Count, string? Kernel, string? Engine)> _runs = [];

    /// <summary>Two lines for each run of pages that differ alike.</summary>
    public IReadOnlyList<string> Lines =>
        [.. _runs.SelectMany(run => (string[])
        [
            $"- {Place(run.At, run.Count)}: {run.Kernel ?? "absent"}", $"+ {Place(run.At, run.Count)}: {run.Engine ?? "absent"}",
        ])];

    /// <summary>Adds a page.</summary>
    public void Add(ulong at, PageSight? kernel, PageSight? engine, bool showsIds)
    {
        var (left, right) = (Text(kernel, at, showsIds), Text(engine, at, showsIds));
        if (_runs is [.., var last] && last.At + (last.Count << 12) == at && last.Kernel == left && last.Engine == right)
        {
            _runs[^1] = last with { Count = last.Count + 1 };
        }
        else
        {
            _runs.Add((at, 1, left, right));
        }
    }

    private static string Place(ulong at, ulong count) => count == 1 ? $"0x{at:x}" : $"0x{at:x}-0x{at + (count << 12):x}";

    /// <summary>Ids count up: that of the page at 0 tells them all.</summary>
    private static string? Text(PageSight? sight, ulong at, bool showsId)
    {
        if (sight is not { } page)
        {
            return null;
        }

        var sub = page.State.Sub is { } index ? index - (long)(at >> 12) : 0;
        var id = page.Id >= PageSnapshot.SlotId ? page.Id - PageSnapshot.SlotId : page.Id;
        var name = id == 0 ? "another one" : page.State.Order is null ? $"{(long)id - (long)(at >> 12):+0;-0;0}+n" : $"{id}";
        return page.State with { Sub = null } + (page.State.Order is null ? "" : $" sub {sub:+0;-0;0}+n")
            + (showsId ? $" page {name}" : "");
    }
}
