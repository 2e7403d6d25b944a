using System.Net;
using System.Net.Sockets;
using HilBench.Journal;
using HilBench.Links.Native;

namespace HilBench.Links;

/// <summary>A connected TCP or Unix stream socket.</summary>
public sealed class SocketCarrier : ICarrier
{
    private readonly Socket _socket;
    private readonly DescriptorStream _stream;

    /// <summary>Takes a connected socket.</summary>
    /// <param name="socket">Owned.</param>
    /// <param name="name">For messages.</param>
    public SocketCarrier(Socket socket, string name)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _socket = socket;
        Name = name;
        socket.Blocking = false;
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }

        _stream = new DescriptorStream(socket.SafeHandle, name, "The program at the other end closed the connection, or ended.");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.None;

    /// <summary>Connects to a simulator or a bridge.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="patience">How long to try.</param>
    /// <exception cref="BenchException">Cable: nobody listens there. Permission: not allowed.</exception>
    public static SocketCarrier Connect(SocketAddress address, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(address);
#pragma warning disable CA2000 // the carrier owns it; disposed below when there is none
        var socket = address.NewSocket();
#pragma warning restore CA2000
        try
        {
            Connect(socket, address.Resolve(), patience);
            return new SocketCarrier(socket, address.ToString());
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new BenchException(
                e.SocketErrorCode == SocketError.AccessDenied ? BenchLayer.Permission : BenchLayer.Cable,
                $"{address}: no connection: {e.Message}",
                "Start the simulator first: bin/hilbench board-sim --help.",
                e);
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        if (_stream.Write(bytes, deadline) < bytes.Length)
        {
            throw new BenchException(BenchLayer.Cable, $"{Name} takes no more bytes", "Is the program at the other end alive?");
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline) => _stream.Read(buffer, deadline);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static void Connect(Socket socket, EndPoint endPoint, TimeSpan patience)
    {
        socket.Blocking = false;
        try
        {
            socket.Connect(endPoint);
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // Under way.
        }

        if (!socket.Poll(patience, SelectMode.SelectWrite))
        {
            throw new SocketException((int)SocketError.TimedOut);
        }

        if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error and not 0)
        {
            throw new SocketException(error);
        }
    }
}
