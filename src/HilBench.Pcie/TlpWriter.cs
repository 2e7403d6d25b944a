using System.Buffers.Binary;

namespace HilBench.Pcie;

/// <summary>
/// Writes TLPs in wire order into memory that the caller owns. Every method returns the bytes written, allocates
/// nothing, and throws <see cref="ArgumentException"/> when a field does not fit or the destination is too small.
/// Source: ats-rules A.
/// </summary>
public static class TlpWriter
{
    private const uint AllByteEnables = 0xFF;

    /// <summary>MRd: asks for <paramref name="lengthDw"/> DWs (1 to 1024).</summary>
    public static int WriteMemoryRead(
        Span<byte> destination, in MemoryRequest request, int lengthDw, in TlpOptions options = default)
    {
        CheckLength(lengthDw);
        var at = (uint)request.AddressType << 10;
        var byteEnables = ByteEnables(request, lengthDw);
        return WriteAddressed(destination, request, at | Length(lengthDw), byteEnables, 0, options);
    }

    /// <summary>MWr: carries <paramref name="payload"/>, bytes in address order, 1 to 1024 whole DWs.</summary>
    public static int WriteMemoryWrite(
        Span<byte> destination, in MemoryRequest request, ReadOnlySpan<byte> payload, in TlpOptions options = default)
    {
        var lengthDw = WholeDws(payload);
        var dw0 = (TlpFormat.FmtWithData << 29) | ((uint)request.AddressType << 10) | Length(lengthDw);
        var written = WriteAddressed(destination, request, dw0, ByteEnables(request, lengthDw), 0, options);
        return written + Append(destination, written, payload);
    }

    /// <summary>FetchAdd, Swap or Cas AtomicOp; the answer is as long as one operand.</summary>
    /// <param name="destination">Where it is written.</param>
    /// <param name="request">Address and names.</param>
    /// <param name="kind">Which of the three.</param>
    /// <param name="operands">Bytes in address order: the value, or compare and swap value.</param>
    /// <param name="options">Prefix and class.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">A field does not fit, or the kind is no AtomicOp.</exception>
    public static int WriteAtomic(
        Span<byte> destination,
        in MemoryRequest request,
        TlpKind kind,
        ReadOnlySpan<byte> operands,
        in TlpOptions options = default)
    {
        var type = kind switch
        {
            TlpKind.FetchAdd => TlpFormat.TypeFetchAdd,
            TlpKind.Swap => TlpFormat.TypeSwap,
            TlpKind.Cas => TlpFormat.TypeCas,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not an AtomicOp"),
        };
        var lengthDw = WholeDws(operands);
        var at = (uint)request.AddressType << 10;
        var dw0 = (TlpFormat.FmtWithData << 29) | (type << 24) | at | Length(lengthDw);
        var written = WriteAddressed(destination, request, dw0, ByteEnables(request, lengthDw), 0, options);
        return written + Append(destination, written, operands);
    }

    /// <summary>Translation Request (ats-rules A.3).</summary>
    public static int WriteTranslationRequest(
        Span<byte> destination, in TranslationRequest request, in TlpOptions options = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Translations, 1, nameof(request));
        CheckLength(2 * request.Translations);
        var memory = new MemoryRequest(request.Requester, request.Tag, request.Address, AddressType.TranslationRequest);
        var dw0 = ((uint)AddressType.TranslationRequest << 10) | Length(2 * request.Translations);
        var noWrite = request.NoWrite ? TlpFormat.NoWriteBit : 0;
        return WriteAddressed(destination, memory, dw0, AllByteEnables, noWrite, options);
    }

    /// <summary>Cpl: no data.</summary>
    public static int WriteCompletion(
        Span<byte> destination, in CompletionHeader completion, in TlpOptions options = default) =>
        WriteCompletionHeader(destination, completion, 0, options);

    /// <summary>CplD: carries <paramref name="payload"/>, 1 to 1024 whole DWs in wire order.</summary>
    /// <remarks>Entries of a Translation Completion are written with <see cref="AtsPayload.Write"/>.</remarks>
    public static int WriteCompletionWithData(
        Span<byte> destination,
        in CompletionHeader completion,
        ReadOnlySpan<byte> payload,
        in TlpOptions options = default)
    {
        var dw0 = (TlpFormat.FmtWithData << 29) | Length(WholeDws(payload));
        var written = WriteCompletionHeader(destination, completion, dw0, options);
        return written + Append(destination, written, payload);
    }

    /// <summary>CfgRd0.</summary>
    public static int WriteConfigurationRead(Span<byte> destination, in ConfigurationRequest request) =>
        WriteConfigurationHeader(destination, request, 0);

    /// <summary>CfgWr0; the register's byte 0 comes first on the wire.</summary>
    public static int WriteConfigurationWrite(Span<byte> destination, in ConfigurationRequest request, uint value)
    {
        var written = WriteConfigurationHeader(destination, request, TlpFormat.FmtWithData << 29);
        CheckRoom(destination, written + 4);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[written..], value);
        return written + 4;
    }

    /// <summary>Invalidate Request (ats-rules A.7).</summary>
    public static int WriteInvalidateRequest(
        Span<byte> destination, in InvalidateRequest request, in TlpOptions options = default)
    {
        var dw1 = ((uint)request.Requester.Value << 16)
            | ((uint)request.ITag.Value << 8)
            | (uint)MessageCode.InvalidateRequest;
        var dw2 = (uint)request.Destination.Value << 16;
        var dw0 = (TlpFormat.FmtWithData << 29) | Message(TlpFormat.RouteById) | Length(2);
        var written = WriteFourDws(destination, dw0, dw1, ((ulong)dw2 << 32) | 0, options);
        CheckRoom(destination, written + 8);
        AtsPayload.Write(destination[written..], request.Payload);
        return written + 8;
    }

    /// <summary>Invalidate Completion (ats-rules A.8).</summary>
    public static int WriteInvalidateCompletion(
        Span<byte> destination, in InvalidateCompletion completion, in TlpOptions options = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(completion.CompletionCount, 1, nameof(completion));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(completion.CompletionCount, 8, nameof(completion));
        var dw1 = ((uint)completion.Requester.Value << 16) | (uint)MessageCode.InvalidateCompletion;
        var dw2 = ((uint)completion.Destination.Value << 16) | ((uint)completion.CompletionCount & 7);
        var dw23 = ((ulong)dw2 << 32) | completion.ITagVector;
        return WriteFourDws(destination, Message(TlpFormat.RouteById), dw1, dw23, options);
    }

    /// <summary>Page Request or Stop Marker (ats-rules A.9).</summary>
    public static int WritePageRequest(
        Span<byte> destination, in PageRequest request, in TlpOptions options = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)request.PrgIndex, 0x1FFu, nameof(request));
        ArgumentOutOfRangeException.ThrowIfNotEqual(request.PageAddress & 0xFFF, 0UL, nameof(request));
        var dw1 = ((uint)request.Requester.Value << 16) | (uint)MessageCode.PageRequest;
        var dw23 = request.PageAddress
            | ((ulong)request.PrgIndex << 3)
            | (request.IsLastOfGroup ? 4UL : 0)
            | (request.WantsWrite ? 2UL : 0)
            | (request.WantsRead ? 1UL : 0);
        return WriteFourDws(destination, Message(TlpFormat.RouteToRootComplex), dw1, dw23, options);
    }

    /// <summary>PRG Response (ats-rules A.9).</summary>
    public static int WritePrgResponse(
        Span<byte> destination, in PrgResponse response, in TlpOptions options = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)response.PrgIndex, 0x1FFu, nameof(response));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)response.Code, 0xFu, nameof(response));
        var dw1 = ((uint)response.Requester.Value << 16) | (uint)MessageCode.PrgResponse;
        var dw2 = ((uint)response.Destination.Value << 16) | ((uint)response.Code << 12) | (uint)response.PrgIndex;
        return WriteFourDws(destination, Message(TlpFormat.RouteById), dw1, (ulong)dw2 << 32, options);
    }

    private static int WriteAddressed(
        Span<byte> destination,
        in MemoryRequest request,
        uint dw0,
        uint byteEnables,
        uint lowBits,
        in TlpOptions options)
    {
        if ((request.Address & 3) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(request), request.Address, "a TLP address is a multiple of 4");
        }

        var dw1 = ((uint)request.Requester.Value << 16) | ((uint)request.Tag << 8) | byteEnables;
        var address = request.Address | lowBits;
        return request.Address >= TlpFormat.First64BitAddress
            ? WriteFourDws(destination, dw0, dw1, address, options)
            : WriteThreeDws(destination, dw0, dw1, (uint)address, options);
    }

    private static int WriteCompletionHeader(
        Span<byte> destination, in CompletionHeader completion, uint dw0, in TlpOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)completion.ByteCount, 4096u, nameof(completion));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)completion.LowerAddress, 0x7Fu, nameof(completion));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)completion.Status, 7u, nameof(completion));
        var dw1 = ((uint)completion.Completer.Value << 16)
            | ((uint)completion.Status << 13)
            | ((uint)completion.ByteCount & 0xFFF);
        var dw2 = ((uint)completion.Requester.Value << 16)
            | ((uint)completion.Tag << 8)
            | (uint)completion.LowerAddress;
        return WriteThreeDws(destination, dw0 | (TlpFormat.TypeCompletion << 24), dw1, dw2, options);
    }

    private static int WriteConfigurationHeader(Span<byte> destination, in ConfigurationRequest request, uint dw0)
    {
        var offset = request.RegisterNumber;
        if (offset is < 0 or > 0xFFC || (offset & 3) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(request), offset, "a register is a multiple of 4 below 4096");
        }

        var dw1 = ((uint)request.Requester.Value << 16)
            | ((uint)request.Tag << 8)
            | Nibble(request.ByteEnable ?? 0xF);
        var dw2 = ((uint)request.Destination.Value << 16) | (uint)offset;
        return WriteThreeDws(
            destination, dw0 | (TlpFormat.TypeConfiguration0 << 24) | Length(1), dw1, dw2, default);
    }

    private static int WriteThreeDws(Span<byte> destination, uint dw0, uint dw1, uint dw2, in TlpOptions options)
    {
        var at = WritePrefix(destination, 12, options);
        var header = destination[at..];
        BinaryPrimitives.WriteUInt32BigEndian(header, dw0 | OptionBits(options));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], dw1);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], dw2);
        return at + 12;
    }

    private static int WriteFourDws(Span<byte> destination, uint dw0, uint dw1, ulong dw23, in TlpOptions options)
    {
        var at = WritePrefix(destination, 16, options);
        var header = destination[at..];
        BinaryPrimitives.WriteUInt32BigEndian(header, dw0 | (TlpFormat.FmtFourDw << 29) | OptionBits(options));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], dw1);
        BinaryPrimitives.WriteUInt64BigEndian(header[8..], dw23);
        return at + 16;
    }

    private static int WritePrefix(Span<byte> destination, int headerBytes, in TlpOptions options)
    {
        if (options.Prefix is not { } prefix)
        {
            CheckRoom(destination, headerBytes);
            return 0;
        }

        CheckRoom(destination, headerBytes + 4);
        BinaryPrimitives.WriteUInt32BigEndian(destination, prefix.ToDw());
        return 4;
    }

    private static int Append(Span<byte> destination, int at, ReadOnlySpan<byte> payload)
    {
        CheckRoom(destination, at + payload.Length);
        payload.CopyTo(destination[at..]);
        return payload.Length;
    }

    private static uint OptionBits(in TlpOptions options) =>
        ((uint)options.TrafficClass << 20)
        | (((uint)options.Attributes & 3) << 12)
        | (((uint)options.Attributes & 4) << 16)
        | (options.IsPoisoned ? TlpFormat.PoisonedBit : 0);

    private static uint ByteEnables(in MemoryRequest request, int lengthDw)
    {
        var last = request.LastByteEnable ?? (lengthDw == 1 ? (byte)0 : (byte)0xF);
        return (Nibble(last) << 4) | Nibble(request.FirstByteEnable ?? 0xF);
    }

    private static uint Nibble(byte value) =>
        value <= 0xF ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "4 bits");

    private static uint Message(uint routing) => (TlpFormat.TypeMessage | routing) << 24;

    private static uint Length(int lengthDw) => (uint)lengthDw & 0x3FF;

    private static int WholeDws(ReadOnlySpan<byte> payload)
    {
        if ((payload.Length & 3) != 0)
        {
            throw new ArgumentException("a payload is a whole number of DWs", nameof(payload));
        }

        CheckLength(payload.Length / 4);
        return payload.Length / 4;
    }

    private static void CheckLength(int lengthDw)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthDw, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthDw, TlpFormat.MaxPayloadDw);
    }

    private static void CheckRoom(Span<byte> destination, int needed)
    {
        if (destination.Length < needed)
        {
            throw new ArgumentException($"the TLP needs {needed} bytes", nameof(destination));
        }
    }
}
