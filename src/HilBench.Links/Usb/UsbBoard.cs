namespace HilBench.Links;

/// <summary>A USB device with a pair of bulk endpoints that the link protocol may go through.</summary>
/// <param name="Place">Where it is plugged in, as the kernel writes it: <c>1-1.4</c>.</param>
/// <param name="VendorId">idVendor.</param>
/// <param name="ProductId">idProduct.</param>
/// <param name="Product">iProduct's text; empty when it has none.</param>
/// <param name="Serial">iSerialNumber's text; empty when it has none.</param>
/// <param name="NodePath">Its device node: <c>/dev/bus/usb/001/004</c>.</param>
/// <param name="Bulk">Where bytes go.</param>
public sealed record UsbBoard(
    string Place, ushort VendorId, ushort ProductId, string Product, string Serial, string NodePath, UsbBulkInterface Bulk)
{
    /// <summary>The device URI that names this board.</summary>
    public string Uri => new UsbSelector(VendorId, ProductId, Serial.Length == 0 ? null : Serial).ToString();
}
