using System.Buffers.Binary;

namespace HilBench.Pcie;

/// <summary>
/// The TLP digest (ECRC): CRC-32 with the polynomial 0x04C11DB7 over the TLP with its variant bits (Type bit 0 and EP) as
/// ones, seed all ones, bits of each byte from the lowest, complemented. Source: CXP.
/// </summary>
public static class TlpDigest
{
    private const uint ReflectedPolynomial = 0xEDB88320;
    private const byte DigestPresent = 0x80;
    private const byte VariantType = 0x01;
    private const byte VariantPoisoned = 0x40;

    /// <summary>Sets TD in the header of a TLP and puts the digest behind it.</summary>
    /// <param name="tlp">The TLP in wire order, and 4 bytes of room.</param>
    /// <param name="size">Bytes of the TLP; a PASID prefix may stand in front.</param>
    /// <returns>The new size.</returns>
    public static int Append(Span<byte> tlp, int size)
    {
        var header = tlp[0] >> 5 == TlpFormat.FmtPrefix ? 4 : 0;
        tlp[header + 2] |= DigestPresent;
        var crc = uint.MaxValue;
        for (var i = 0; i < size; i++)
        {
            var variant = i == header ? VariantType : i == header + 2 ? VariantPoisoned : 0;
            crc ^= (uint)(tlp[i] | variant);
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? ReflectedPolynomial : 0);
            }
        }

        BinaryPrimitives.WriteUInt32LittleEndian(tlp[size..], ~crc);
        return size + 4;
    }
}
