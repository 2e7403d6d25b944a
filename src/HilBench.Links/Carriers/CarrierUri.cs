using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>
/// Names a carrier: <c>serial:/dev/ttyUSB0?baud=3000000</c>, <c>tcp:HOST:PORT</c>, <c>unix:PATH</c>, <c>usb:SERIAL</c>
/// (<see cref="UsbSelector"/>), <c>pcie:0000:01:00.0</c> (<see cref="PcieAddress"/>; <c>pci:</c> is the same).
/// </summary>
public sealed record CarrierUri
{
    private const int UsualBaud = 115_200;
    private static readonly TimeSpan _connectPatience = TimeSpan.FromSeconds(3);

    private readonly string _scheme;
    private readonly SocketAddress? _address;
    private readonly PcieAddress? _pcie;

    private CarrierUri(string scheme, string place, SocketAddress? address, UsbSelector? usb, PcieAddress? pcie) =>
        (_scheme, Port, _address, Usb, _pcie) = (scheme, place, address, usb, pcie);

    /// <summary>The schemes that there are.</summary>
    public static IReadOnlyList<string> Schemes { get; } = ["serial", "tcp", "unix", "usb", "pcie", "pci"];

    /// <summary>The path of a serial port, for example /dev/ttyUSB0.</summary>
    public string Port { get; }

    /// <summary>Which USB board; null for another carrier.</summary>
    public UsbSelector? Usb { get; }

    /// <summary>The adapter that opens it (<see cref="CarrierAdapters"/>); null: our own code.</summary>
    public string? Adapter { get; private init; }

    /// <summary>Bits each second of a serial port.</summary>
    public int Baud { get; private init; } = UsualBaud;

    /// <summary>Which BAR of a PCI function holds the mailbox. 0 unless given.</summary>
    public int Bar { get; private init; }

    /// <summary>How that BAR is reached.</summary>
    public PcieAccess Access { get; private init; }

    /// <summary>Whether the board is taken from another host.</summary>
    public bool TakesOver { get; private init; }

    /// <summary>How long one run of the device clock may take. 30 s unless given.</summary>
    public TimeSpan Patience { get; private init; } = TimeSpan.FromSeconds(30);

    /// <summary>Nanoseconds that a byte takes: start bit, 8 bits, stop bit. 0 for others than a serial port.</summary>
    public long ByteNs => _scheme == "serial" ? 10_000_000_000 / Baud : 0;

    /// <summary>Reads a carrier URI with options <c>baud</c>, <c>take</c>, <c>patience</c>.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="uri">The carrier; null on an error.</param>
    /// <param name="error">What is wrong, one clause; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CarrierUri? uri, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var question = text.IndexOf('?', StringComparison.Ordinal);
        var whole = question < 0 ? text : text[..question];
        if (!TryPlace(whole, out uri, out error))
        {
            return false;
        }

        foreach (var option in (question < 0 ? "" : text[(question + 1)..]).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryAdd(uri, option, out var more))
            {
                error = $"\"{text}\": options of {Options(uri._scheme)}take=1 and patience=SECONDS";
                uri = null;
                return false;
            }

            uri = more;
        }

        return true;
    }

    /// <summary>Opens it; nothing on the board changes.</summary>
    /// <exception cref="BenchException">Any layer from Host to Cable.</exception>
#pragma warning disable CA2000 // what is opened is returned
    public ICarrier Open() => this switch
    {
        { Adapter: { } adapter } => CarrierAdapters.Open(this, _scheme, adapter),
        { _address: { } address } => SocketCarrier.Connect(address, _connectPatience),
        { Usb: { } usb } => UsbCarrier.Open(usb, TimeProvider.System),
        { _pcie: { } pcie } => PcieCarrier.Open(pcie, Access, Bar, TimeProvider.System),
        _ => SerialCarrier.Open(Port, Baud),
    };
#pragma warning restore CA2000

    private static string Options(string scheme) => scheme switch
    {
        "serial" => "a serial port are baud=RATE, ",
        "usb" => "a USB board are ",
        "pcie" or "pci" => "a PCIe board are bar=N, via=sysfs or via=vfio, ",
        _ => "a socket are ",
    };

    private static bool TryPlace(string whole, [NotNullWhen(true)] out CarrierUri? uri, [NotNullWhen(false)] out string? error)
    {
        (uri, error) = (null, null);
        var colon = whole.IndexOf(':', StringComparison.Ordinal);
        var (scheme, place) = colon < 0 ? (whole, "") : (whole[..colon], whole[(colon + 1)..]);
        SocketAddress? address = null;
        UsbSelector? usb = null;
        PcieAddress? pcie = null;
        switch (scheme)
        {
            case "serial" when place.Length == 0:
                error = $"\"{whole}\" names no port: write serial:/dev/ttyUSB0?baud=115200";
                return false;
            case "serial":
                break;
            case "usb" when !UsbSelector.TryParse(place, out usb, out error):
                return false;
            case "usb":
                break;
            case "pcie" or "pci" when !PcieAddress.TryParse(place, out pcie, out error):
                return false;
            case "pcie" or "pci":
                break;
            default:
                if (!SocketAddress.TryParse(whole, out address, out error))
                {
                    return false;
                }

                break;
        }

        uri = new CarrierUri(scheme, place, address, usb, pcie);
        return true;
    }

    private static bool TryAdd(CarrierUri uri, string option, [NotNullWhen(true)] out CarrierUri? more)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = equals < 0 ? (option, "") : (option[..equals], option[(equals + 1)..]);
        more = key switch
        {
            "baud" when uri._scheme == "serial" && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var baud) && baud is >= 300 and <= 20_000_000 =>
                uri with { Baud = baud },
            "bar" when uri._pcie is not null && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bar) && bar is >= 0 and <= 5 =>
                uri with { Bar = bar },
            "via" when uri._pcie is not null && value is ("sysfs" or "vfio") => uri with { Access = value == "vfio" ? PcieAccess.Vfio : PcieAccess.Sysfs },
            "via" when uri._scheme is ("serial" or "usb") && value.Length > 0 => uri with { Adapter = value },
            "take" when value is "0" or "1" => uri with { TakesOver = value == "1" },
            "patience" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e6 =>
                uri with { Patience = TimeSpan.FromSeconds(seconds) },
            _ => null,
        };
        return more is not null;
    }
}
