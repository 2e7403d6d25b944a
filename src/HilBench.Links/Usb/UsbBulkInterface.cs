using System.Buffers.Binary;

namespace HilBench.Links;

/// <summary>An interface with a bulk endpoint in each direction.</summary>
/// <param name="Number">bInterfaceNumber.</param>
/// <param name="InEndpoint">bEndpointAddress to the host.</param>
/// <param name="OutEndpoint">bEndpointAddress to the board.</param>
public readonly record struct UsbBulkInterface(byte Number, byte InEndpoint, byte OutEndpoint)
{
    private const byte ConfigurationType = 2;
    private const byte InterfaceType = 4;
    private const byte EndpointType = 5;
    private const byte VendorSpecific = 0xFF;
    private const byte Bulk = 2;

    /// <summary>
    /// Finds the first vendor-specific interface with a pair of bulk endpoints, in the first alternate setting of the first
    /// configuration. Malformed descriptors have none.
    /// </summary>
    /// <param name="descriptors">
    /// The device's descriptors and those of its configurations, as the kernel shows them. Source: USB 2.0, 9.6.
    /// </param>
    /// <param name="found">The interface.</param>
    public static bool TryFind(ReadOnlySpan<byte> descriptors, out UsbBulkInterface found)
    {
        found = default;
        var configurations = 0;
        var isWanted = false;
        for (var rest = descriptors; rest.Length >= 2 && rest[0] >= 2 && rest[0] <= rest.Length; rest = rest[rest[0]..])
        {
            var one = rest[..rest[0]];
            switch (one[1])
            {
                case ConfigurationType when ++configurations > 1:
                    return false;
                case InterfaceType when one.Length >= 9:
                    isWanted = one[3] == 0 && one[5] == VendorSpecific;
                    found = new UsbBulkInterface(one[2], 0, 0);
                    break;
                case EndpointType when isWanted && one.Length >= 7 && (one[3] & 3) == Bulk && BinaryPrimitives.ReadUInt16LittleEndian(one[4..]) > 0:
                    found = (one[2] & 0x80) != 0
                        ? found with { InEndpoint = found.InEndpoint == 0 ? one[2] : found.InEndpoint }
                        : found with { OutEndpoint = found.OutEndpoint == 0 ? one[2] : found.OutEndpoint };
                    if (found.InEndpoint != 0 && found.OutEndpoint != 0)
                    {
                        return true;
                    }

                    break;
            }
        }

        return false;
    }
}
