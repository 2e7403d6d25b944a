using System.Globalization;

namespace HilBench.Pcie;

/// <summary>Names one outstanding Invalidate Request of a translation agent: 0 to 31. Source: ats-rules A.7.</summary>
/// <param name="Value">The number, 0 to 31.</param>
/// <exception cref="ArgumentOutOfRangeException">The value needs more than 5 bits.</exception>
public readonly record struct ITag(byte Value)
{
    /// <summary>How many ITags there are: 32.</summary>
    public const int Count = 32;

    /// <summary>The number, 0 to 31.</summary>
    public byte Value { get; } =
        Value < Count ? Value : throw new ArgumentOutOfRangeException(nameof(Value), Value, "an ITag has 5 bits");

    /// <summary>Its bit in the ITag vector of an Invalidate Completion (ats-rules A.8).</summary>
    public uint VectorBit => 1u << Value;

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
