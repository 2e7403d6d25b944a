using System.Buffers.Binary;

namespace HilBench.Links.UsbIp;

/// <summary>USBIP_CMD_SUBMIT or USBIP_CMD_UNLINK: 48 bytes. Source: Linux, Documentation/usb/usbip_protocol.rst.</summary>
/// <param name="Code">1 submit, 2 unlink.</param>
/// <param name="Sequence">The number by which it is answered.</param>
/// <param name="IsIn">Whether data goes to the host.</param>
/// <param name="Endpoint">0 to 15.</param>
/// <param name="Length">Submit: bytes of the transfer.</param>
/// <param name="Packets">Submit: isochronous packets; 0 or all ones for others.</param>
/// <param name="Setup">Submit to endpoint 0: the request.</param>
/// <param name="Unlinked">Unlink: the sequence number of the transfer.</param>
internal readonly record struct UsbIpCommand(
    uint Code, uint Sequence, bool IsIn, uint Endpoint, int Length, uint Packets, UsbSetup Setup, uint Unlinked)
{
    private const int LengthMax = 16 << 20;

    /// <summary>False: not a command that there is.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out UsbIpCommand command)
    {
        command = new UsbIpCommand(
            BinaryPrimitives.ReadUInt32BigEndian(bytes),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) != 0,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]),
            UsbSetup.Read(bytes[40..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]));
        return command.Code == UsbIpMessages.Unlink
            || (command.Code == UsbIpMessages.Submit && command.Endpoint < 16 && command.Length is >= 0 and <= LengthMax);
    }
}
