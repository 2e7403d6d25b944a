using System.Globalization;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>
/// The USB boards that this machine sees. They are read from sysfs, which needs no right to open any of them, wakes none,
/// and knows serial numbers. Source: Linux, Documentation/ABI/testing/sysfs-bus-usb.
/// </summary>
public static class UsbBoards
{
    private const string SysfsFolder = "/sys/bus/usb/devices";

    /// <summary>All devices with a vendor-specific interface of two bulk endpoints, in the order of their places.</summary>
    /// <param name="folder">Where the kernel shows them.</param>
    public static IReadOnlyList<UsbBoard> List(string folder = SysfsFolder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select(Read).OfType<UsbBoard>()];

    /// <summary>The one board that is meant.</summary>
    /// <param name="selector">Which.</param>
    /// <param name="folder">Where the kernel shows them.</param>
    /// <exception cref="BenchException">Host: this machine has no USB. Cable: none, or more than one.</exception>
    public static UsbBoard Find(UsbSelector selector, string folder = SysfsFolder)
    {
        ArgumentNullException.ThrowIfNull(selector);
        if (!Directory.Exists(folder))
        {
            throw new BenchException(BenchLayer.Host, $"{selector}: this machine has no USB ({folder} is not there)", "Run on the machine that the board is plugged into.");
        }

        var all = List(folder);
        var found = all.Where(selector.Matches).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new BenchException(
                BenchLayer.Cable,
                $"{selector}: there is no such board, looked for {selector.VendorId:x4}:{selector.ProductId:x4}"
                    + (selector.Serial is { } serial ? $" with serial number {serial}" : ""),
                all.Count == 0 ? "Plug it in and switch it on; `lsusb` shows what the kernel sees." : $"There are: {Names(all)}."),
            _ => throw new BenchException(
                BenchLayer.Cable, $"{selector}: more than one board fits", $"Name one by its serial number: {Names(found)}."),
        };
    }

    private static string Names(IEnumerable<UsbBoard> boards) =>
        string.Join(", ", boards.Select(board => $"{board.Uri} (at {board.Place})"));

    /// <summary>Null: no device, or none of ours. It may be pulled while it is read.</summary>
    private static UsbBoard? Read(string folder)
    {
        try
        {
            var descriptors = Path.Combine(folder, "descriptors");
            if (!File.Exists(descriptors) || !UsbBulkInterface.TryFind(ReadAll(descriptors), out var bulk))
            {
                return null;
            }

            return new UsbBoard(
                Path.GetFileName(folder),
                ushort.Parse(Text(folder, "idVendor"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                ushort.Parse(Text(folder, "idProduct"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                Text(folder, "product"),
                Text(folder, "serial"),
                $"/dev/bus/usb/{Number(folder, "busnum"):000}/{Number(folder, "devnum"):000}",
                bulk);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    // The kernel says that the file has 0 bytes, or 65553, whatever it has.
    private static byte[] ReadAll(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static int Number(string folder, string name) => int.Parse(Text(folder, name), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Text(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
    }
}
