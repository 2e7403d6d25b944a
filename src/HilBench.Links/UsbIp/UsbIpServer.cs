using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HilBench.Journal;
using HilBench.Links.UsbIp;

namespace HilBench.Links;

/// <summary>
/// Shows simulated USB devices to any Linux machine by the USB/IP protocol: <c>usbip attach -r HOST -b 1-1</c> makes a real
/// device of each in that machine's USB stack. Source: Linux, Documentation/usb/usbip_protocol.rst.
/// </summary>
public sealed class UsbIpServer : IDisposable
{
    /// <summary>The port that usbip uses unless told otherwise.</summary>
    public const int UsualPort = 3240;

    private const uint BusNumber = 1;
    private static readonly TimeSpan _slice = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener;
    private readonly SimulatedUsbDevice[] _devices;
    private readonly List<UsbIpConnection> _connections = [];
    private readonly Thread _thread;
    private volatile bool _isStopped;

    private UsbIpServer(Socket listener, SimulatedUsbDevice[] devices)
    {
        _listener = listener;
        _devices = devices;
        _thread = new Thread(Listen) { IsBackground = true, Name = "usbip" };
        _thread.Start();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Begins to serve.</summary>
    /// <param name="address">Where to listen; port 0: any that is free.</param>
    /// <param name="devices">The first one is 1-1, the next 1-2, and so on.</param>
    /// <exception cref="BenchException">Host: the port is taken.</exception>
    public static UsbIpServer Start(IPEndPoint address, params SimulatedUsbDevice[] devices)
    {
        ArgumentNullException.ThrowIfNull(address);
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(address);
            listener.Listen(4);
            return new UsbIpServer(listener, devices);
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new BenchException(BenchLayer.Host, $"USB/IP cannot listen at {address}: {e.Message}", "Choose another port.", e);
        }
    }

    /// <summary>The name under which a host attaches a device.</summary>
    public string BusId(SimulatedUsbDevice device) => BusId(Array.IndexOf(_devices, device));

    /// <summary>Unplugs all devices from their hosts and stops listening.</summary>
    public void Dispose()
    {
        _isStopped = true;
        _thread.Join();
        _listener.Dispose();
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    internal SimulatedUsbDevice? Find(ReadOnlySpan<byte> busId, out int index)
    {
        var end = busId.IndexOf((byte)0);
        var name = Encoding.ASCII.GetString(end < 0 ? busId : busId[..end]);
        index = Enumerable.Range(0, _devices.Length).FirstOrDefault(i => BusId(i) == name, -1);
        return index < 0 ? null : _devices[index];
    }

    /// <summary>OP_REP_DEVLIST.</summary>
    internal byte[] DeviceList()
    {
        using var list = new MemoryStream();
        Span<byte> head = stackalloc byte[UsbIpMessages.OperationBytes + sizeof(uint)];
        UsbIpMessages.WriteOperation(head, UsbIpMessages.ReplyDeviceList, UsbIpMessages.StatusOk);
        BinaryPrimitives.WriteInt32BigEndian(head[UsbIpMessages.OperationBytes..], _devices.Length);
        list.Write(head);
        for (var i = 0; i < _devices.Length; i++)
        {
            list.Write(Device(i));
            WriteInterfaces(list, _devices[i].ConfigurationDescriptor);
        }

        return list.ToArray();
    }

    internal byte[] Device(int index)
    {
        var bytes = new byte[UsbIpMessages.DeviceBytes];
        UsbIpMessages.WriteDevice(bytes, _devices[index], BusId(index), BusNumber, (uint)index + 2);
        return bytes;
    }

    private static string BusId(int index) => $"{BusNumber}-{index + 1}";

    private static void WriteInterfaces(MemoryStream list, ReadOnlySpan<byte> configuration)
    {
        for (var rest = configuration; rest.Length >= 2 && rest[0] >= 2; rest = rest[rest[0]..])
        {
            if (rest[1] == 4)
            {
                list.Write([rest[5], rest[6], rest[7], 0]);
            }
        }
    }

    private void Listen()
    {
        while (!_isStopped)
        {
            if (!_listener.Poll(_slice, SelectMode.SelectRead))
            {
                continue;
            }

            var connection = new UsbIpConnection(this, _listener.Accept());
            _connections.RemoveAll(one => one.IsOver);
            _connections.Add(connection);
            connection.Start();
        }
    }
}
