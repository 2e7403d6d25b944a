namespace HilBench.Memory;

/// <summary>What KSM remembers of one address of a process that asks for merging.</summary>
/// <remarks>Models <c>struct ksm_rmap_item</c>.</remarks>
internal sealed class MergeItem(AddressSpace mm, ulong address)
{
    private const int AgeMax = 255;
    private const int AgeOfYoung = 3;

    /// <summary>Whose address it is.</summary>
    public AddressSpace Mm { get; } = mm;

    /// <summary>Start of the page.</summary>
    public ulong Address { get; } = address;

    /// <summary>What the contents were when they were last looked at.</summary>
    public ulong Checksum { get; set; }

    /// <summary>The merged page that was put here; null before that.</summary>
    public MergeNode? Node { get; set; }

    /// <summary>Where the reverse map looks for the address and for its forks.</summary>
    public AnonVma? AnonVma { get; set; }

    /// <summary>The list of candidates that it stands in; null when it is none.</summary>
    public List<MergeItem>? Candidates { get; set; }

    /// <summary>Whether this scan found a page here.</summary>
    public bool IsSeen { get; set; }

    private int Age { get; set; }

    private int Skips { get; set; }

    /// <summary>A page that was often looked at in vain is looked at less often.</summary>
    /// <remarks>Models <c>should_skip_rmap_item</c> and <c>skip_age</c> (6.7).</remarks>
    public bool TrySkip()
    {
        var age = Age;
        Age = Math.Min(age + 1, AgeMax);
        if (age < AgeOfYoung)
        {
            return false;
        }

        if (Skips == 0)
        {
            Skips = age <= 3 ? 1 : age <= 5 ? 2 : age <= 8 ? 4 : 8;
            return false;
        }

        Skips--;
        return true;
    }
}
