namespace HilBench.Memory;

/// <summary>All mappings in which pages of one origin may be found (struct anon_vma).</summary>
internal sealed class AnonVma(int id)
{
    /// <summary>Number in <see cref="Kernel.MappingOf"/>.</summary>
    public int Id { get; } = id;

    /// <summary>The mappings in the order in which the reverse map visits them.</summary>
    public List<Vma> Vmas { get; } = [];
}
