using System.Globalization;

namespace HilBench.Pcie;

/// <summary>Process Address Space ID: 20 bits, carried in a TLP prefix. Source: ats-rules A.2.</summary>
/// <param name="Value">The number, 0 to 0xF_FFFF.</param>
/// <exception cref="ArgumentOutOfRangeException">The value needs more than 20 bits.</exception>
public readonly record struct Pasid(uint Value)
{
    /// <summary>The largest PASID, 0xF_FFFF.</summary>
    public const uint MaxValue = (1u << 20) - 1;

    /// <summary>The number, 0 to 0xF_FFFF.</summary>
    public uint Value { get; } =
        Value <= MaxValue ? Value : throw new ArgumentOutOfRangeException(nameof(Value), Value, "a PASID has 20 bits");

    /// <summary>As people write it: <c>0x5</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x}");
}
