namespace HilBench.Memory;

/// <summary>A merged page and the addresses that it was put at, the last one first.</summary>
/// <remarks>Models <c>struct ksm_stable_node</c>.</remarks>
internal sealed class MergeNode(ulong frame, ulong identity)
{
    /// <summary>Where the page lies now.</summary>
    public ulong Frame { get; set; } = frame;

    /// <summary>The stamp of the page: when the frame carries another, the merged page is gone.</summary>
    public ulong Identity { get; set; } = identity;

    /// <summary>The addresses, stale ones too, until the next scan passes them.</summary>
    public List<MergeItem> Items { get; } = [];
}
