using System.Buffers.Binary;
using System.Text;

namespace HilBench.Links.UsbIp;

/// <summary>
/// The messages of the USB/IP protocol, version 1.1.1, all big-endian. Source: Linux, Documentation/usb/usbip_protocol.rst.
/// </summary>
internal static class UsbIpMessages
{
    public const ushort Version = 0x0111;
    public const ushort RequestDeviceList = 0x8005;
    public const ushort ReplyDeviceList = 0x0005;
    public const ushort RequestImport = 0x8003;
    public const ushort ReplyImport = 0x0003;

    public const uint Submit = 1;
    public const uint Unlink = 2;
    public const uint SubmitDone = 3;
    public const uint UnlinkDone = 4;

    public const int OperationBytes = 8;
    public const int BusIdBytes = 32;
    public const int DeviceBytes = 312;
    public const int CommandBytes = 48;

    public const int StatusOk = 0;
    public const int StatusBusy = 2;     // ST_DEV_BUSY
    public const int StatusNoDevice = 4; // ST_NODEV

    public const int Stalled = -32;          // -EPIPE
    public const int ConnectionReset = -104; // -ECONNRESET
    public const int NotSupported = -22;     // -EINVAL

    public const int HighSpeed = 3; // USB_SPEED_HIGH

    private const int PathBytes = 256;

    /// <summary>What begins every message before a device is imported.</summary>
    public static void WriteOperation(Span<byte> to, ushort code, int status)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, Version);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], code);
        BinaryPrimitives.WriteInt32BigEndian(to[4..], status);
    }

    /// <summary>A device, as in the list and in the answer to an import.</summary>
    public static void WriteDevice(Span<byte> to, SimulatedUsbDevice device, string busId, uint busNumber, uint deviceNumber)
    {
        to[..DeviceBytes].Clear();
        Encoding.ASCII.GetBytes($"/sys/devices/hilbench/{busId}", to[..PathBytes]);
        Encoding.ASCII.GetBytes(busId, to.Slice(PathBytes, BusIdBytes));
        var rest = to[(PathBytes + BusIdBytes)..];
        BinaryPrimitives.WriteUInt32BigEndian(rest, busNumber);
        BinaryPrimitives.WriteUInt32BigEndian(rest[4..], deviceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(rest[8..], HighSpeed);
        var descriptor = device.DeviceDescriptor;
        BinaryPrimitives.WriteUInt16BigEndian(rest[12..], BinaryPrimitives.ReadUInt16LittleEndian(descriptor[8..]));
        BinaryPrimitives.WriteUInt16BigEndian(rest[14..], BinaryPrimitives.ReadUInt16LittleEndian(descriptor[10..]));
        BinaryPrimitives.WriteUInt16BigEndian(rest[16..], BinaryPrimitives.ReadUInt16LittleEndian(descriptor[12..]));
        descriptor.Slice(4, 3).CopyTo(rest[18..]); // class, subclass, protocol
        rest[21] = device.Configuration;
        rest[22] = descriptor[17];
        rest[23] = device.InterfaceCount;
    }

    /// <summary>RET_SUBMIT.</summary>
    public static void WriteSubmitDone(Span<byte> to, uint sequence, int status, int actualLength)
    {
        to[..CommandBytes].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(to, SubmitDone);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], sequence);
        BinaryPrimitives.WriteInt32BigEndian(to[20..], status);
        BinaryPrimitives.WriteInt32BigEndian(to[24..], actualLength);
    }

    /// <summary>RET_UNLINK.</summary>
    public static void WriteUnlinkDone(Span<byte> to, uint sequence, int status)
    {
        to[..CommandBytes].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(to, UnlinkDone);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], sequence);
        BinaryPrimitives.WriteInt32BigEndian(to[20..], status);
    }
}
