using System.Net;
using System.Net.Sockets;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>Waits for hosts that connect to a simulated board.</summary>
public sealed class SocketListener : IDisposable
{
    private readonly Socket _socket;
    private readonly SocketAddress _address;

    private SocketListener(Socket socket, SocketAddress address)
    {
        _socket = socket;
        _address = address;
    }

    /// <summary>The address that a host connects to; with the port that was found when 0 was asked for.</summary>
    public string Address => _socket.LocalEndPoint is IPEndPoint ip ? $"tcp:{ip.Address}:{ip.Port}" : _address.ToString();

    /// <summary>Begins to listen. The file of a Unix socket that nobody listens to any more is replaced.</summary>
    /// <exception cref="BenchException">Host: the address is in use or not ours.</exception>
    public static SocketListener Open(SocketAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var socket = address.NewSocket();
        try
        {
            if (address.Path is { } path && File.Exists(path) && !IsServed(address))
            {
                File.Delete(path);
            }

            socket.Bind(address.Resolve());
            socket.Listen(4);
            return new SocketListener(socket, address);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new BenchException(BenchLayer.Host, $"{address}: {e.Message}", "Choose another address, or end the program that has it.", e);
        }
    }

    /// <summary>Waits for the next host.</summary>
    /// <returns>Null when none came before the deadline.</returns>
    public SocketCarrier? Accept(Deadline deadline)
    {
        var micros = (int)Math.Min(deadline.Left.TotalMicroseconds, int.MaxValue);
        return _socket.Poll(micros, SelectMode.SelectRead) ? new SocketCarrier(_socket.Accept(), Address) : null;
    }

    /// <summary>Stops listening; the file of a Unix socket is removed.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        if (_address.Path is { } path)
        {
            File.Delete(path);
        }
    }

    private static bool IsServed(SocketAddress address)
    {
        using var socket = address.NewSocket();
        try
        {
            socket.Connect(address.EndPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
