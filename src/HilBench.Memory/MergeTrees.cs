namespace HilBench.Memory;

/// <summary>What a KSM scan has seen: merged pages (stable) and candidates (unstable), by contents.</summary>
internal sealed class MergeTrees(PhysicalMemory memory)
{
    private readonly Dictionary<ulong, List<ulong>> _stable = [];
    private readonly Dictionary<ulong, List<Candidate>> _unstable = [];

    public void AddStable(ulong frame)
    {
        if (!TryFindStable(frame, out _))
        {
            ListOf(_stable, frame).Add(frame);
        }
    }

    public bool TryFindStable(ulong frame, out ulong merged)
    {
        merged = ListOf(_stable, frame).Find(other => memory.ContentEquals(frame, other));
        return merged != 0;
    }

    public void AddUnstable(
        ulong frame, Vma vma, ulong address) => ListOf(_unstable, frame).Add(new(frame, vma, address));

    public bool TryTakeUnstable(ulong frame, out Candidate candidate)
    {
        var list = ListOf(_unstable, frame);
        var index = list.FindIndex(other => other.Frame != frame && memory.ContentEquals(frame, other.Frame));
        candidate = index < 0 ? default : list[index];
        if (index >= 0)
        {
            list.RemoveAt(index);
        }

        return index >= 0;
    }

    private List<T> ListOf<T>(Dictionary<ulong, List<T>> tree, ulong frame)
    {
        var hash = memory.ContentHash(frame);
        if (!tree.TryGetValue(hash, out var list))
        {
            list = [];
            tree.Add(hash, list);
        }

        return list;
    }

    internal readonly record struct Candidate(ulong Frame, Vma Vma, ulong Address);
}
