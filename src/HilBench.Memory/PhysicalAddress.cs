namespace HilBench.Memory;

/// <summary>A physical address in bytes.</summary>
/// <param name="Value">The address.</param>
public readonly record struct PhysicalAddress(ulong Value)
{
    /// <summary>Number of the 4 KiB frame that holds the address.</summary>
    public ulong Frame => Value >> 12;

    /// <summary>The first byte of a frame.</summary>
    public static PhysicalAddress OfFrame(ulong frame) => new(frame << 12);

    /// <summary>The address <paramref name="bytes"/> further up.</summary>
    public PhysicalAddress Add(ulong bytes) => new(Value + bytes);

    /// <summary>The address in hexadecimal.</summary>
    public override string ToString() => $"0x{Value:x}";
}
