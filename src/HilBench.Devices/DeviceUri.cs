using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HilBench.Links;

namespace HilBench.Devices;

/// <summary>
/// Names a device on the command line: <c>model:</c>, <c>rtl:</c> (both with <c>?fault=ID</c>, <c>?size=small</c> or
/// <c>?size=large</c>), <c>rtl-uart:</c> (with <c>?fault=ID</c>; <c>rtl-uart:/path/lib.so</c> is another Verilated board), or
/// <c>lib:/path/libmydevice.so?options</c>. Of a library's options <c>inproc=1</c> and
/// <c>patience=SECONDS</c> are the bench's own; the library sees the others. A board behind a link is named by its carrier
/// (<see cref="CarrierUri"/>).
/// </summary>
public sealed record DeviceUri
{
    private const string Here = "this version opens model:, rtl:, rtl-uart:, lib:/path/lib.so, serial:/dev/tty, usb:SERIAL, pcie:0000:01:00.0, tcp:HOST:PORT and unix:PATH";

    private static readonly (string Name, DeviceSize? Size)[] _sizes =
        [("standard", DeviceSize.Standard), ("small", DeviceSize.Small), ("large", DeviceSize.Large)];

    private DeviceUri(DeviceScheme scheme, string path, string options, string? fault)
    {
        Scheme = scheme;
        Path = path;
        Options = options;
        Fault = fault;
    }

    /// <summary>What kind of device.</summary>
    public DeviceScheme Scheme { get; }

    /// <summary>The library of <c>lib:</c> and <c>rtl-uart:</c>, as given; the whole URI of a board behind a link; else empty.</summary>
    public string Path { get; }

    /// <summary>The part behind the question mark, without it; empty when there is none.</summary>
    public string Options { get; }

    /// <summary>Whether the library of <c>lib:</c> is opened in the bench's own process; its crash is then the bench's.</summary>
    public bool IsInProcess { get; init; }

    /// <summary>How long a library in a process of its own may show no sign of life. 30 s unless given.</summary>
    public TimeSpan Patience { get; private init; } = TimeSpan.FromSeconds(30);

    /// <summary>The fault of <c>model:</c>, <c>rtl:</c> or <c>rtl-uart:</c>; null for the correct device.</summary>
    public string? Fault { get; }

    /// <summary>The parameter set of <c>model:</c> or <c>rtl:</c>.</summary>
    public DeviceSize Size { get; private init; }

    /// <summary>The carrier of a board behind a link; null for the others.</summary>
    public CarrierUri? Carrier { get; private init; }

    /// <summary>Reads a device URI.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="uri">The device; null on an error.</param>
    /// <param name="error">What is wrong, one clause; null when nothing is.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out DeviceUri? uri, [NotNullWhen(false)] out string? error)
    {
        uri = null;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            error = $"\"{text}\" is no device: it needs a scheme and a colon; {Here}";
            return false;
        }

        var scheme = text[..colon];
        var rest = text[(colon + 1)..];
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? rest : rest[..question];
        var options = question < 0 ? "" : rest[(question + 1)..];
        switch (scheme)
        {
            case "model":
                return TryBuiltIn(DeviceScheme.Model, text, path, options, out uri, out error);
            case "rtl":
                return TryBuiltIn(DeviceScheme.Rtl, text, path, options, out uri, out error);
            case "rtl-uart":
                return TryBuiltIn(DeviceScheme.RtlUart, text, path, options, out uri, out error);
            case "lib" when path.Length == 0:
                error = $"\"{text}\" names no library: write lib:/path/libmydevice.so";
                return false;
            case "lib":
                return TryLibrary(text, path, options, out uri, out error);
            case var link when CarrierUri.Schemes.Contains(link):
                return TryLink(text, out uri, out error);
            default:
                error = $"there is no device scheme \"{scheme}\"; {Here}";
                return false;
        }
    }

    /// <summary>As it is written on the command line.</summary>
    public override string ToString()
    {
        if (Scheme == DeviceScheme.Link)
        {
            return Path;
        }

        var scheme = Scheme switch
        {
            DeviceScheme.Model => "model",
            DeviceScheme.Rtl => "rtl",
            DeviceScheme.RtlUart => "rtl-uart",
            _ => "lib",
        };
        string[] options =
        [
            .. Options.Length == 0 ? [] : new[] { Options },
            .. IsInProcess ? new[] { "inproc=1" } : [],
            .. Patience.TotalSeconds == 30 ? [] : new[] { string.Create(CultureInfo.InvariantCulture, $"patience={Patience.TotalSeconds}") },
        ];
        return options.Length == 0 ? $"{scheme}:{Path}" : $"{scheme}:{Path}?{string.Join('&', options)}";
    }

    private static bool TryLink(string text, [NotNullWhen(true)] out DeviceUri? uri, [NotNullWhen(false)] out string? error)
    {
        uri = CarrierUri.TryParse(text, out var carrier, out error)
            ? new DeviceUri(DeviceScheme.Link, text, "", fault: null) { Carrier = carrier, Patience = carrier.Patience }
            : null;
        return uri is not null;
    }

    private static bool TryLibrary(
        string text, string path, string options, [NotNullWhen(true)] out DeviceUri? uri, [NotNullWhen(false)] out string? error)
    {
        (uri, error) = (null, null);
        var isInProcess = false;
        var patience = 30.0;
        var kept = new List<string>();
        foreach (var option in options.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Split(option);
            switch (key)
            {
                case "inproc" when value is "0" or "1":
                    isInProcess = value == "1";
                    break;
                case "inproc":
                    error = $"\"{text}\": inproc is 0 or 1";
                    return false;
                case "patience" when !double.TryParse(value, CultureInfo.InvariantCulture, out patience) || patience is not (> 0 and < 1e6):
                    error = $"\"{text}\": patience is a number of seconds above 0";
                    return false;
                case "patience":
                    break;
                default:
                    kept.Add(option);
                    break;
            }
        }

        uri = new DeviceUri(DeviceScheme.Library, path, string.Join('&', kept), fault: null)
        {
            IsInProcess = isInProcess,
            Patience = TimeSpan.FromSeconds(patience),
        };
        return true;
    }

    private static bool TryBuiltIn(
        DeviceScheme scheme,
        string text,
        string path,
        string options,
        [NotNullWhen(true)] out DeviceUri? uri,
        [NotNullWhen(false)] out string? error)
    {
        uri = null;
        if (path.Length > 0 && scheme != DeviceScheme.RtlUart)
        {
            error = $"\"{text}\": nothing stands between the colon and the question mark of a built-in device";
            return false;
        }

        string? fault = null;
        DeviceSize? size = null;
        foreach (var option in options.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Split(option);
            switch (key)
            {
                case "fault" when fault is null:
                    var known = DeviceFaults.For(scheme);
                    fault = known.FirstOrDefault(id => id.Equals(value, StringComparison.OrdinalIgnoreCase));
                    if (fault is null)
                    {
                        error = $"\"{text}\": there is no fault \"{value}\"; known are {string.Join(", ", known)}";
                        return false;
                    }

                    break;
                case "size" when size is null:
                    size = _sizes.FirstOrDefault(known => known.Name == value).Size;
                    if (size is null)
                    {
                        error = $"\"{text}\": there is no size \"{value}\"; known are standard, small and large";
                        return false;
                    }

                    break;
                default:
                    error = $"\"{text}\": the options of a built-in device are fault and size, each once, as in ?fault=M11";
                    return false;
            }
        }

        if (scheme == DeviceScheme.Rtl && fault is not null && size is DeviceSize.Small or DeviceSize.Large)
        {
            error = $"\"{text}\": the faulty rtl: has the standard size only";
            return false;
        }

        if (scheme == DeviceScheme.RtlUart && size is DeviceSize.Small or DeviceSize.Large)
        {
            error = $"\"{text}\": the board behind rtl-uart: has the standard size only";
            return false;
        }

        error = null;
        uri = new DeviceUri(scheme, path, WriteOptions(fault, size), fault) { Size = size ?? DeviceSize.Standard };
        return true;
    }

    private static string WriteOptions(string? fault, DeviceSize? size)
    {
        string[] options =
        [
            .. fault is null ? [] : new[] { $"fault={fault}" },
            .. size is null ? [] : new[] { $"size={_sizes.Single(known => known.Size == size).Name}" },
        ];
        return string.Join('&', options);
    }

    private static (string Key, string Value) Split(string option)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (option, "") : (option[..equals], option[(equals + 1)..]);
    }
}
