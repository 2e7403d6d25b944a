using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HilBench.Links.Tests.UsbIp;

/// <summary>The host's side of USB/IP, written from Documentation/usb/usbip_protocol.rst and nothing else.</summary>
internal sealed class UsbIpClient : IDisposable
{
    public const int BrokenPipe = -32;
    public const int ConnectionReset = -104;

    private const int CommandBytes = 48;

    private readonly Socket _socket;
    private readonly byte[] _command = new byte[CommandBytes];
    private readonly byte[] _answer = new byte[CommandBytes];
    private uint _sequence;

    public UsbIpClient(IPEndPoint server)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 10_000 };
        _socket.Connect(server);
    }

    /// <summary>Sends OP_REQ_DEVLIST; all that comes until the server closes.</summary>
    public byte[] ListDevices()
    {
        _socket.Send([0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0]);
        using var all = new MemoryStream();
        var buffer = new byte[4096];
        while (_socket.Receive(buffer) is var count and > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Sends OP_REQ_IMPORT. The device of the reply, or its status.</summary>
    public (int Status, byte[] Device) Import(string busId)
    {
        var request = new byte[40];
        new byte[] { 0x01, 0x11, 0x80, 0x03 }.CopyTo(request, 0);
        Encoding.ASCII.GetBytes(busId).CopyTo(request, 8);
        _socket.Send(request);
        var head = Receive(8);
        Assert.That(head[..4], Is.EqualTo((byte[])[0x01, 0x11, 0x00, 0x03]));
        var status = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
        return (status, status == 0 ? Receive(312) : []);
    }

    /// <summary>USBIP_CMD_SUBMIT.</summary>
    /// <returns>Its sequence number.</returns>
    public uint Submit(int endpoint, bool isIn, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> setup = default)
    {
        _command.AsSpan().Clear();
        _sequence++;
        BinaryPrimitives.WriteUInt32BigEndian(_command, 1);
        BinaryPrimitives.WriteUInt32BigEndian(_command.AsSpan(4), _sequence);
        BinaryPrimitives.WriteUInt32BigEndian(_command.AsSpan(8), 0x0001_0002);
        BinaryPrimitives.WriteUInt32BigEndian(_command.AsSpan(12), isIn ? 1u : 0);
        BinaryPrimitives.WriteUInt32BigEndian(_command.AsSpan(16), (uint)endpoint);
        BinaryPrimitives.WriteInt32BigEndian(_command.AsSpan(24), length);
        BinaryPrimitives.WriteInt32BigEndian(_command.AsSpan(32), -1);
        setup.CopyTo(_command.AsSpan(40));
        _socket.Send(_command);
        for (var rest = data; !rest.IsEmpty;)
        {
            rest = rest[_socket.Send(rest)..];
        }

        return _sequence;
    }

    /// <summary>USBIP_CMD_UNLINK.</summary>
    public void Unlink(uint sequence)
    {
        _command.AsSpan().Clear();
        BinaryPrimitives.WriteUInt32BigEndian(_command, 2);
        BinaryPrimitives.WriteUInt32BigEndian(_command.AsSpan(4), ++_sequence);
        BinaryPrimitives.WriteUInt32BigEndian(_command.AsSpan(8), 0x0001_0002);
        BinaryPrimitives.WriteUInt32BigEndian(_command.AsSpan(20), sequence);
        _socket.Send(_command);
    }

    /// <summary>Whether an answer comes within this time.</summary>
    public bool Wait(TimeSpan wait) => _socket.Poll((int)wait.TotalMicroseconds, SelectMode.SelectRead);

    /// <summary>The next answer. The data of one to the host is what its actual length says.</summary>
    /// <exception cref="EndOfStreamException">The device is unplugged.</exception>
    public (uint Code, uint Sequence, int Status, int Length) Next()
    {
        ReceiveInto(_answer);
        return (
            BinaryPrimitives.ReadUInt32BigEndian(_answer),
            BinaryPrimitives.ReadUInt32BigEndian(_answer.AsSpan(4)),
            BinaryPrimitives.ReadInt32BigEndian(_answer.AsSpan(20)),
            BinaryPrimitives.ReadInt32BigEndian(_answer.AsSpan(24)));
    }

    /// <summary>A control request with its answer, or null for STALL.</summary>
    public byte[]? Control(byte type, byte request, int value, int index, int length, ReadOnlySpan<byte> data = default)
    {
        var isIn = (type & 0x80) != 0;
        byte[] setup = [type, request, (byte)value, (byte)(value >> 8), (byte)index, (byte)(index >> 8), (byte)length, (byte)(length >> 8)];
        Submit(0, isIn, data, length, setup);
        var answer = Next();
        var bytes = isIn ? Receive(answer.Length) : [];
        return answer.Status switch
        {
            0 => bytes,
            BrokenPipe => null,
            _ => throw new InvalidDataException($"status {answer.Status}"),
        };
    }

    public void SendRaw(byte[] bytes) => _socket.Send(bytes);

    public byte[] Receive(int length)
    {
        var bytes = new byte[length];
        ReceiveInto(bytes);
        return bytes;
    }

    public void ReceiveInto(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = _socket.Receive(bytes);
            bytes = count == 0 ? throw new EndOfStreamException("the device is unplugged") : bytes[count..];
        }
    }

    public void Dispose() => _socket.Dispose();
}
