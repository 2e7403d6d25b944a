using System.Buffers.Binary;
using System.Net.Sockets;

namespace HilBench.Links.UsbIp;

/// <summary>One host: it asks for the list of devices, or takes one and then sends transfers. A thread of its own.</summary>
internal sealed class UsbIpConnection : IUsbHost, IDisposable
{
    private const int SendPatienceMs = 5000;

    private readonly UsbIpServer _server;
    private readonly Socket _socket;
    private readonly Thread _thread;
    private byte[] _in = new byte[1 << 16];
    private byte[] _out = new byte[1 << 16];
    private volatile bool _isOver;

    public UsbIpConnection(UsbIpServer server, Socket socket)
    {
        _server = server;
        _socket = socket;
        _socket.NoDelay = true;
        _socket.SendTimeout = SendPatienceMs;
        _thread = new Thread(Run) { IsBackground = true, Name = "usbip host" };
    }

    /// <summary>Whether the host is gone.</summary>
    public bool IsOver => _isOver;

    public void Start() => _thread.Start();

    public void Complete(uint sequence, int status, ReadOnlySpan<byte> data, int actualLength)
    {
        var length = UsbIpMessages.CommandBytes + data.Length;
        _out = _out.Length < length ? new byte[length] : _out;
        UsbIpMessages.WriteSubmitDone(_out, sequence, status, actualLength);
        data.CopyTo(_out.AsSpan(UsbIpMessages.CommandBytes));
        TrySend(_out.AsSpan(0, length));
    }

    public void Unplug()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    public void Dispose()
    {
        Unplug();
        _thread.Join();
    }

    private void Run()
    {
        try
        {
            Serve();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The host went away.
        }
        finally
        {
            _isOver = true;
            _socket.Dispose();
        }
    }

    private void Serve()
    {
        Span<byte> head = stackalloc byte[UsbIpMessages.OperationBytes];
        if (!TryReceive(head))
        {
            return;
        }

        switch (BinaryPrimitives.ReadUInt16BigEndian(head[2..]))
        {
            case UsbIpMessages.RequestDeviceList:
                TrySend(_server.DeviceList());
                break;
            case UsbIpMessages.RequestImport:
                Import();
                break;
        }
    }

    private void Import()
    {
        Span<byte> busId = stackalloc byte[UsbIpMessages.BusIdBytes];
        if (!TryReceive(busId))
        {
            return;
        }

        Span<byte> head = stackalloc byte[UsbIpMessages.OperationBytes];
        var device = _server.Find(busId, out var index);
        var isOurs = device is not null && device.TryAttach(this);
        var status = device is null ? UsbIpMessages.StatusNoDevice : isOurs ? UsbIpMessages.StatusOk : UsbIpMessages.StatusBusy;
        UsbIpMessages.WriteOperation(head, UsbIpMessages.ReplyImport, status);
        if (!isOurs)
        {
            TrySend(head);
            return;
        }

        try
        {
            TrySend([.. head, .. _server.Device(index)]);
            while (TryCommand(device!))
            {
                // Until the host is gone or says what it may not say.
            }
        }
        finally
        {
            device!.Detach();
        }
    }

    private bool TryCommand(SimulatedUsbDevice device)
    {
        Span<byte> bytes = stackalloc byte[UsbIpMessages.CommandBytes];
        if (!TryReceive(bytes) || !UsbIpCommand.TryRead(bytes, out var command))
        {
            return false;
        }

        if (command.Code == UsbIpMessages.Unlink)
        {
            lock (device.Gate)
            {
                // One that is not there any more was answered before.
                var status = device.TryUnlink(command.Unlinked) ? UsbIpMessages.ConnectionReset : 0;
                UsbIpMessages.WriteUnlinkDone(_out, command.Sequence, status);
                return TrySend(_out.AsSpan(0, UsbIpMessages.CommandBytes));
            }
        }

        _in = _in.Length < command.Length ? new byte[command.Length] : _in;
        if (!command.IsIn && !TryReceive(_in.AsSpan(0, command.Length)))
        {
            return false;
        }

        lock (device.Gate)
        {
            Submit(device, command);
        }

        return true;
    }

    private void Submit(SimulatedUsbDevice device, in UsbIpCommand command)
    {
        var bytes = _in.AsSpan(0, command.Length);
        if (command.Packets is not (0 or uint.MaxValue))
        {
            Complete(command.Sequence, UsbIpMessages.NotSupported, [], 0);
        }
        else if (command.Endpoint != 0)
        {
            var address = (byte)(command.Endpoint | (command.IsIn ? 0x80u : 0));
            device.Submit(command.Sequence, address, command.IsIn ? [] : bytes, command.Length);
        }
        else if (command.Setup.IsIn)
        {
            bytes.Clear();
            var length = device.Control(command.Setup, [], bytes);
            Complete(command.Sequence, Math.Min(length, 0), bytes[..Math.Max(length, 0)], Math.Max(length, 0));
        }
        else
        {
            var length = device.Control(command.Setup, bytes, []);
            Complete(command.Sequence, Math.Min(length, 0), [], length < 0 ? 0 : command.Length);
        }
    }

    private bool TryReceive(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = _socket.Receive(bytes);
            if (count == 0)
            {
                return false;
            }

            bytes = bytes[count..];
        }

        return true;
    }

    private bool TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[_socket.Send(bytes)..];
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Unplug(); // the thread that receives sees it too
            return false;
        }
    }
}
