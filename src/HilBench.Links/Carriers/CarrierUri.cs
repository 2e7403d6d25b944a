using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>Names a carrier: <c>serial:/dev/ttyUSB0?baud=3000000</c>, <c>tcp:HOST:PORT</c>, <c>unix:PATH</c>.</summary>
public sealed record CarrierUri
{
    private const int UsualBaud = 115_200;
    private static readonly TimeSpan _connectPatience = TimeSpan.FromSeconds(3);

    private readonly string _serialPath;
    private readonly SocketAddress? _address;

    private CarrierUri(string serialPath, SocketAddress? address)
    {
        _serialPath = serialPath;
        _address = address;
    }

    /// <summary>The schemes that there are.</summary>
    public static IReadOnlyList<string> Schemes { get; } = ["serial", "tcp", "unix"];

    /// <summary>Bits each second of a serial port.</summary>
    public int Baud { get; private init; } = UsualBaud;

    /// <summary>Whether the board is taken from another host.</summary>
    public bool TakesOver { get; private init; }

    /// <summary>How long one run of the device clock may take. 30 s unless given.</summary>
    public TimeSpan Patience { get; private init; } = TimeSpan.FromSeconds(30);

    /// <summary>Nanoseconds that a byte takes: start bit, 8 bits, stop bit. 0 for a socket.</summary>
    public long ByteNs => _address is null ? 10_000_000_000 / Baud : 0;

    /// <summary>Reads a carrier URI with options <c>baud</c>, <c>take</c>, <c>patience</c>.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="uri">The carrier; null on an error.</param>
    /// <param name="error">What is wrong, one clause; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CarrierUri? uri, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        (uri, error) = (null, null);
        var question = text.IndexOf('?', StringComparison.Ordinal);
        var place = question < 0 ? text : text[..question];
        var isSerial = place.StartsWith("serial:", StringComparison.Ordinal);
        var path = isSerial ? place["serial:".Length..] : "";
        SocketAddress? address = null;
        if (isSerial && path.Length == 0)
        {
            error = $"\"{text}\" names no port: write serial:/dev/ttyUSB0?baud=115200";
            return false;
        }

        if (!isSerial && !SocketAddress.TryParse(place, out address, out error))
        {
            return false;
        }

        var made = new CarrierUri(path, address);
        foreach (var option in (question < 0 ? "" : text[(question + 1)..]).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryAdd(made, option, isSerial, out var more))
            {
                error = isSerial
                    ? $"\"{text}\": options of a serial port are baud=RATE, take=1 and patience=SECONDS"
                    : $"\"{text}\": options of a socket are take=1 and patience=SECONDS";
                return false;
            }

            made = more;
        }

        uri = made;
        return true;
    }

    /// <summary>Opens it; nothing on the board changes.</summary>
    /// <exception cref="BenchException">Any layer from Host to Cable.</exception>
    public ICarrier Open() => _address is null
        ? SerialCarrier.Open(_serialPath, Baud)
        : SocketCarrier.Connect(_address, _connectPatience);

    private static bool TryAdd(CarrierUri uri, string option, bool isSerial, [NotNullWhen(true)] out CarrierUri? more)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = equals < 0 ? (option, "") : (option[..equals], option[(equals + 1)..]);
        more = key switch
        {
            "baud" when isSerial && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var baud) && baud is >= 300 and <= 20_000_000 =>
                uri with { Baud = baud },
            "take" when value is "0" or "1" => uri with { TakesOver = value == "1" },
            "patience" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e6 =>
                uri with { Patience = TimeSpan.FromSeconds(seconds) },
            _ => null,
        };
        return more is not null;
    }
}
