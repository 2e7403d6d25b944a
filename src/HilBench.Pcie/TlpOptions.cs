namespace HilBench.Pcie;

/// <summary>
/// The parts of a TLP that most of them leave at their default: no prefix, TC 0, no attributes, not poisoned.
/// </summary>
public readonly record struct TlpOptions
{
    /// <summary>PASID prefix; null for none.</summary>
    public PasidPrefix? Prefix { get; init; }

    /// <summary>Traffic class, 0 to 7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value needs more than 3 bits.</exception>
    public int TrafficClass
    {
        get;
        init => field = value is >= 0 and <= 7 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    /// <summary>Relaxed Ordering, No Snoop, IDO.</summary>
    public TlpAttributes Attributes { get; init; }

    /// <summary>EP: marks the data as bad.</summary>
    public bool IsPoisoned { get; init; }

    /// <summary>Only a PASID prefix, without ER and PMR; none when <paramref name="pasid"/> is null.</summary>
    public static TlpOptions WithPasid(Pasid? pasid) =>
        new() { Prefix = pasid is { } value ? new PasidPrefix(value) : null };
}
