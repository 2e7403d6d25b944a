using System.Globalization;

namespace HilBench.Pcie;

/// <summary>Names one function on the fabric: bus 15:8, device 7:3, function 2:0. Source: ats-rules A.3.</summary>
/// <param name="Value">The 16 bits as they stand in a TLP header.</param>
public readonly record struct RequesterId(ushort Value)
{
    /// <summary>Bus number, 0 to 255.</summary>
    public byte Bus => (byte)(Value >> 8);

    /// <summary>Device number, 0 to 31.</summary>
    public byte Device => (byte)((Value >> 3) & 0x1F);

    /// <summary>Function number, 0 to 7.</summary>
    public byte Function => (byte)(Value & 7);

    /// <summary>Puts an id together from its three numbers.</summary>
    /// <param name="bus">0 to 255.</param>
    /// <param name="device">0 to 31.</param>
    /// <param name="function">0 to 7.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number does not fit its field.</exception>
    public static RequesterId From(int bus, int device, int function)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bus, 0xFFu, nameof(bus));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)device, 0x1Fu, nameof(device));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)function, 7u, nameof(function));
        return new RequesterId((ushort)((bus << 8) | (device << 3) | function));
    }

    /// <summary>As people write it: <c>01:00.0</c> (bus and device in hexadecimal).</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Bus:x2}:{Device:x2}.{Function}");
}
