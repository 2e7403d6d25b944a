using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HilBench.Links;

/// <summary>Where a socket listens: <c>unix:/path</c> or <c>tcp:HOST:PORT</c>.</summary>
public sealed record SocketAddress
{
    private readonly string _text;

    private SocketAddress(string text, EndPoint endPoint)
    {
        _text = text;
        EndPoint = endPoint;
    }

    /// <summary>For the socket.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>The path of <c>unix:</c>; null for <c>tcp:</c>.</summary>
    public string? Path => (EndPoint as UnixDomainSocketEndPoint) is null ? null : _text["unix:".Length..];

    /// <summary>Reads an address.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="address">The address; null on an error.</param>
    /// <param name="error">What is wrong, one clause; null when nothing is.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out SocketAddress? address, [NotNullWhen(false)] out string? error)
    {
        (address, error) = (null, null);
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = text["unix:".Length..];
            if (path.Length is 0 or > 107)
            {
                error = $"\"{text}\": the path of a Unix socket has 1 to 107 characters";
                return false;
            }

            address = new SocketAddress(text, new UnixDomainSocketEndPoint(path));
            return true;
        }

        var colon = text.LastIndexOf(':');
        if (text.StartsWith("tcp:", StringComparison.Ordinal) && colon > "tcp:".Length
            && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            var host = text["tcp:".Length..colon];
            address = new SocketAddress(
                text, IPAddress.TryParse(host, out var ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(host, port));
            return true;
        }

        error = $"\"{text}\" is no socket: write tcp:HOST:PORT or unix:PATH";
        return false;
    }

    /// <summary>As it is written on the command line.</summary>
    public override string ToString() => _text;

    internal Socket NewSocket() => EndPoint is UnixDomainSocketEndPoint
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(EndPoint is IPEndPoint ip ? ip.AddressFamily : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <exception cref="SocketException">The name is not known.</exception>
    internal EndPoint Resolve() => EndPoint is DnsEndPoint name
        ? new IPEndPoint(Dns.GetHostAddresses(name.Host, AddressFamily.InterNetwork).First(), name.Port)
        : EndPoint;
}
