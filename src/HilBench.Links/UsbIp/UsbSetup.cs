using System.Buffers.Binary;

namespace HilBench.Links;

/// <summary>A control request: the eight bytes of the setup stage. Source: USB 2.0, 9.3.</summary>
/// <param name="RequestType">bmRequestType: bit 7 to the host, bits 6:5 standard, class or vendor, bits 4:0 to whom.</param>
/// <param name="Request">bRequest.</param>
/// <param name="Value">wValue.</param>
/// <param name="Index">wIndex.</param>
/// <param name="Length">wLength: bytes of the data stage.</param>
public readonly record struct UsbSetup(byte RequestType, byte Request, ushort Value, ushort Index, ushort Length)
{
    /// <summary>Bytes of the setup stage.</summary>
    public const int SizeBytes = 8;

    /// <summary>Whether the data stage goes to the host.</summary>
    public bool IsIn => (RequestType & 0x80) != 0;

    /// <summary>Reads the setup stage.</summary>
    public static UsbSetup Read(ReadOnlySpan<byte> bytes) => new(
        bytes[0],
        bytes[1],
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]));
}
