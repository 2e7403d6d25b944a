using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace HilBench.Links;

/// <summary>
/// Which USB board is meant: <c>usb:</c> the only one, <c>usb:SERIAL</c>, <c>usb:VID:PID</c>, <c>usb:VID:PID/SERIAL</c>
/// (or <c>usb:VID:PID:SERIAL</c>).
/// </summary>
/// <param name="VendorId">idVendor.</param>
/// <param name="ProductId">idProduct.</param>
/// <param name="Serial">iSerialNumber's text; null: any.</param>
public sealed record UsbSelector(ushort VendorId, ushort ProductId, string? Serial)
{
    /// <summary>idVendor of boards that say nothing else: pid.codes.</summary>
    public const ushort UsualVendorId = 0x1209;

    /// <summary>idProduct of boards that say nothing else: a number that pid.codes keeps for tests.</summary>
    public const ushort UsualProductId = 0x0001;

    private const int IdDigits = 4;

    /// <summary>Reads what stands behind <c>usb:</c>.</summary>
    /// <param name="text">Without the scheme.</param>
    /// <param name="selector">The board; null on an error.</param>
    /// <param name="error">What is wrong, one clause; null when nothing is.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out UsbSelector? selector, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        (selector, error) = (null, null);
        if (!text.Contains(':', StringComparison.Ordinal))
        {
            selector = new UsbSelector(UsualVendorId, UsualProductId, text.Length == 0 ? null : text);
            return true;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var end = text.IndexOfAny([':', '/'], colon + 1);
        var product = end < 0 ? text[(colon + 1)..] : text[(colon + 1)..end];
        var serial = end < 0 ? null : text[(end + 1)..];
        if (!TryId(text[..colon], out var vendorId) || !TryId(product, out var productId) || serial is "")
        {
            error = $"\"usb:{text}\" names no board: write usb:, usb:SERIAL, usb:VID:PID or usb:VID:PID/SERIAL, VID and PID of four hexadecimal digits";
            return false;
        }

        selector = new UsbSelector(vendorId, productId, serial);
        return true;
    }

    /// <summary>Whether it is this one.</summary>
    public bool Matches(UsbBoard board) =>
        board.VendorId == VendorId && board.ProductId == ProductId && (Serial is null || board.Serial == Serial);

    /// <summary>As it is written in a device URI.</summary>
    public override string ToString() => (VendorId, ProductId, Serial) switch
    {
        (UsualVendorId, UsualProductId, _) => $"usb:{Serial}",
        (_, _, null) => $"usb:{VendorId:x4}:{ProductId:x4}",
        _ => $"usb:{VendorId:x4}:{ProductId:x4}/{Serial}",
    };

    private static bool TryId(string text, out ushort id)
    {
        id = 0;
        return text.Length == IdDigits && ushort.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }
}
