namespace HilBench.Notifiers;

/// <summary>A virtual address of one address space, in bytes. ~0 is allowed: the end of "everything".</summary>
/// <param name="Value">The address.</param>
public readonly record struct VirtualAddress(ulong Value) : IComparable<VirtualAddress>
{
    /// <summary>Orders addresses by value.</summary>
    public int CompareTo(VirtualAddress other) => Value.CompareTo(other.Value);

    /// <summary>The address <paramref name="bytes"/> further up; wraps like the hardware does.</summary>
    public VirtualAddress Add(ulong bytes) => new(Value + bytes);

    /// <summary>The largest multiple of <paramref name="powerOfTwo"/> that is not above this address.</summary>
    public VirtualAddress AlignDown(ulong powerOfTwo) => new(Value & ~(powerOfTwo - 1));

    /// <summary>Whether <paramref name="left"/> is below <paramref name="right"/>.</summary>
    public static bool operator <(VirtualAddress left, VirtualAddress right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is above <paramref name="right"/>.</summary>
    public static bool operator >(VirtualAddress left, VirtualAddress right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is not above <paramref name="right"/>.</summary>
    public static bool operator <=(VirtualAddress left, VirtualAddress right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is not below <paramref name="right"/>.</summary>
    public static bool operator >=(VirtualAddress left, VirtualAddress right) => left.Value >= right.Value;

    /// <summary>The address in hexadecimal.</summary>
    public override string ToString() => $"0x{Value:x}";
}
