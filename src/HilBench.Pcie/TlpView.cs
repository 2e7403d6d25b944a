using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace HilBench.Pcie;

/// <summary>
/// A TLP as it lies in memory, with its fields by name. Nothing is copied; the view is as long-lived as the bytes.
/// Source: ats-rules A.
/// </summary>
/// <remarks>
/// Malformed bytes are a <see cref="TlpFault"/>. What is well-formed but breaks a rule (an odd Length of a Translation
/// Request, AT = 11, reserved bits) is read as it is: judging it is the checker's work. A field that the TLP's kind
/// does not have reads as whatever bits stand at its place.
/// </remarks>
public readonly ref struct TlpView
{
    private const int ThreeDwBytes = 12;
    private const int FourDwBytes = 16;

    private readonly uint _prefix;
    private readonly uint _dw0;
    private readonly uint _dw1;
    private readonly uint _dw2;
    private readonly uint _dw3;

    private TlpView(ReadOnlySpan<byte> bytes, int headerOffset, TlpKind kind, int payloadBytes)
    {
        var header = bytes[headerOffset..];
        _prefix = headerOffset == 0 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes);
        _dw0 = BinaryPrimitives.ReadUInt32BigEndian(header);
        _dw1 = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        _dw2 = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        var headerBytes = ThreeDwBytes;
        if (IsFourDw(_dw0))
        {
            _dw3 = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
            headerBytes = FourDwBytes;
        }

        Bytes = bytes;
        Payload = header.Slice(headerBytes, payloadBytes);
        Kind = kind;
    }

    /// <summary>The whole TLP in wire order, prefix and digest included.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The data behind the header, in wire order, without the digest.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>What the TLP is.</summary>
    public TlpKind Kind { get; }

    /// <summary>True when a PASID prefix stands in front.</summary>
    public bool HasPasid => _prefix != 0;

    /// <summary>The PASID prefix; its default value when there is none.</summary>
    public PasidPrefix Prefix => PasidPrefix.FromDw(_prefix);

    /// <summary>The PASID prefix, null when there is none.</summary>
    public PasidPrefix? PrefixOrNull => HasPasid ? Prefix : null;

    /// <summary>The reserved bits 23:22 of the prefix; 0 in a correct one (ATS-PAS-009).</summary>
    public int PrefixReservedBits => (int)(_prefix >> 22) & 3;

    /// <summary>Traffic class, 0 to 7.</summary>
    public int TrafficClass => (int)(_dw0 >> 20) & 7;

    /// <summary>Relaxed Ordering, No Snoop, IDO.</summary>
    public TlpAttributes Attributes => (TlpAttributes)(((_dw0 >> 12) & 3) | ((_dw0 >> 16) & 4));

    /// <summary>TD: a digest DW stands behind the payload.</summary>
    public bool HasDigest => (_dw0 & TlpFormat.DigestBit) != 0;

    /// <summary>EP: the data is known to be bad.</summary>
    public bool IsPoisoned => (_dw0 & TlpFormat.PoisonedBit) != 0;

    /// <summary>AT, meaningful in memory requests and atomics.</summary>
    public AddressType AddressType => (AddressType)((_dw0 >> 10) & 3);

    /// <summary>True when the header has 4 DWs; for memory requests, when the address has 64 bits.</summary>
    public bool Is64Bit => IsFourDw(_dw0);

    /// <summary>True when Fmt says that data follows.</summary>
    public bool HasData => HasDataBit(_dw0);

    /// <summary>
    /// Length in DWs: of the data that follows or is asked for (1 to 1024), for completions and messages without data
    /// the field as it stands.
    /// </summary>
    public int LengthDw
    {
        get
        {
            var raw = (int)(_dw0 & 0x3FF);
            var isLength = raw != 0 || HasData
                || Kind is TlpKind.MemoryRead or TlpKind.IoRead
                    or TlpKind.ConfigurationRead0 or TlpKind.ConfigurationRead1;
            return raw == 0 && isLength ? TlpFormat.MaxPayloadDw : raw;
        }
    }

    /// <summary>
    /// Requester ID: of the sender of a request or message, and in a completion of the one it answers.
    /// </summary>
    public RequesterId Requester => new((ushort)((IsCompletion ? _dw2 : _dw1) >> 16));

    /// <summary>Tag of a request or message, and in a completion of the request it answers.</summary>
    public byte Tag => (byte)((IsCompletion ? _dw2 : _dw1) >> 8);

    /// <summary>First DW Byte Enables of a request, 4 bits.</summary>
    public int FirstByteEnable => (int)(_dw1 & 0xF);

    /// <summary>Last DW Byte Enables of a request, 4 bits.</summary>
    public int LastByteEnable => (int)(_dw1 >> 4) & 0xF;

    /// <summary>Byte address of the first DW of a memory or I/O request or atomic; bits 1:0 are 0.</summary>
    public ulong Address => AddressDws & ~3UL;

    /// <summary>True for a memory read with AT = 01 (ats-rules A.3).</summary>
    public bool IsTranslationRequest =>
        Kind == TlpKind.MemoryRead && AddressType == AddressType.TranslationRequest;

    /// <summary>No Write flag of a Translation Request.</summary>
    public bool NoWrite => (AddressDws & TlpFormat.NoWriteBit) != 0;

    /// <summary>True for completions, with and without data.</summary>
    public bool IsCompletion => Kind is TlpKind.Completion or TlpKind.CompletionWithData;

    /// <summary>Byte Count of a completion as it stands, 0 to 4095; 0 means 4096 where data follows.</summary>
    public int ByteCount => (int)(_dw1 & 0xFFF);

    /// <summary>Lower Address of a completion, 7 bits.</summary>
    public int LowerAddress => (int)(_dw2 & 0x7F);

    /// <summary>Completer ID of a completion.</summary>
    public RequesterId Completer => new((ushort)(_dw1 >> 16));

    /// <summary>Completion Status; codes without a name are possible.</summary>
    public CompletionStatus Status => (CompletionStatus)((_dw1 >> 13) & 7);

    /// <summary>Destination of a configuration request or a message routed by ID.</summary>
    public RequesterId Destination => new((ushort)(_dw2 >> 16));

    /// <summary>Register of a configuration request: byte offset, a multiple of 4, 0 to 4092.</summary>
    public int RegisterNumber => (int)(_dw2 & 0xFFC);

    /// <summary>True for every kind of message.</summary>
    public bool IsMessage => Kind is TlpKind.InvalidateRequest or TlpKind.InvalidateCompletion or TlpKind.PageRequest
        or TlpKind.PrgResponse or TlpKind.OtherMessage;

    /// <summary>Message code; values without a name are possible.</summary>
    public MessageCode MessageCode => (MessageCode)(_dw1 & 0xFF);

    /// <summary>Routing of a message, the low 3 bits of Type: 0 to the Root Complex, 2 by ID.</summary>
    public int MessageRouting => (int)(_dw0 >> 24) & 7;

    /// <summary>ITag of an Invalidate Request.</summary>
    public ITag ITag => new((byte)((_dw1 >> 8) & 0x1F));

    /// <summary>The 64-bit payload of an Invalidate Request; 0 when it is shorter than 8 bytes.</summary>
    public ulong InvalidatePayload => AtsPayload.TryRead(Payload, out var value) ? value : 0;

    /// <summary>The block that an Invalidate Request names.</summary>
    public AtsRange InvalidateRange => AtsRange.Decode(InvalidatePayload);

    /// <summary>Global Invalidate of an Invalidate Request, bit 0 of the payload.</summary>
    public bool IsGlobalInvalidate => (InvalidatePayload & 1) != 0;

    /// <summary>ITag vector of an Invalidate Completion: bit i for ITag i.</summary>
    public uint ITagVector => _dw3;

    /// <summary>Completion Count of an Invalidate Completion as it stands, 0 to 7.</summary>
    public int CompletionCountRaw => (int)(_dw2 & 7);

    /// <summary>Completion Count of an Invalidate Completion, 1 to 8: the raw 0 means 8.</summary>
    public int CompletionCount => CompletionCountRaw == 0 ? 8 : CompletionCountRaw;

    /// <summary>Page address of a Page Request; bits 11:0 are 0.</summary>
    public ulong PageAddress => (((ulong)_dw2 << 32) | _dw3) & ~0xFFFUL;

    /// <summary>PRG index of a Page Request or PRG Response, 9 bits.</summary>
    public int PrgIndex => (int)(Kind == TlpKind.PrgResponse ? _dw2 : _dw3 >> 3) & 0x1FF;

    /// <summary>L of a Page Request: the last of its group.</summary>
    public bool IsLastOfGroup => (_dw3 & 4) != 0;

    /// <summary>W of a Page Request: write wanted.</summary>
    public bool WantsWrite => (_dw3 & 2) != 0;

    /// <summary>R of a Page Request: read wanted.</summary>
    public bool WantsRead => (_dw3 & 1) != 0;

    /// <summary>True for a Page Request that is a Stop Marker: PASID, L = 1, W = 0, R = 0 (ats-rules A.9).</summary>
    public bool IsStopMarker => Kind == TlpKind.PageRequest && HasPasid && (_dw3 & 7) == 4;

    /// <summary>Response code of a PRG Response; values without a name are possible.</summary>
    public PrgResponseCode PrgResponseCode => (PrgResponseCode)((_dw2 >> 12) & 0xF);

    private ulong AddressDws => Is64Bit ? ((ulong)_dw2 << 32) | _dw3 : _dw2;

    /// <summary>A DW of the header as it stands.</summary>
    /// <param name="index">0 to 3; DW3 of a 3-DW header reads 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such DW.</exception>
    public uint HeaderDw(int index) => index switch
    {
        0 => _dw0,
        1 => _dw1,
        2 => _dw2,
        3 => _dw3,
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <summary>Reads a TLP. Never throws, whatever the bytes.</summary>
    /// <param name="bytes">One TLP in wire order, prefix first.</param>
    /// <param name="tlp">The view; its default value on a fault.</param>
    /// <param name="fault">Why the bytes are no TLP; its default value when they are one.</param>
    /// <returns>True when the bytes are a TLP.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out TlpView tlp, out TlpFault fault)
    {
        tlp = default;
        if (bytes.Length < ThreeDwBytes || (bytes.Length & 3) != 0 || bytes.Length > TlpFormat.MaxSizeWithDigestBytes)
        {
            fault = JudgeSize(bytes);
            return false;
        }

        var headerOffset = 0;
        if (bytes[0] >> 5 == TlpFormat.FmtPrefix)
        {
            if (bytes[0] != TlpFormat.PasidPrefixByte)
            {
                fault = new TlpFault(TlpFaultReason.UnknownPrefix, 0, bytes[0], 0);
                return false;
            }

            headerOffset = 4;
            if (bytes[4] >> 5 == TlpFormat.FmtPrefix)
            {
                fault = new TlpFault(TlpFaultReason.SecondPrefix, 4, bytes[4], 0);
                return false;
            }
        }

        var dw0 = BinaryPrimitives.ReadUInt32BigEndian(bytes[headerOffset..]);
        var headerBytes = IsFourDw(dw0) ? FourDwBytes : ThreeDwBytes;
        if (bytes.Length < headerOffset + headerBytes)
        {
            fault = new TlpFault(
                TlpFaultReason.TruncatedHeader, bytes.Length, bytes.Length, headerOffset + headerBytes);
            return false;
        }

        var kind = KindOf(dw0, bytes[headerOffset + 7]);
        if (kind == TlpKind.None)
        {
            fault = new TlpFault(TlpFaultReason.UnknownType, headerOffset, bytes[headerOffset], 0);
            return false;
        }

        var payloadBytes = HasDataBit(dw0) ? PayloadBytes(dw0) : 0;
        var tail = payloadBytes + ((dw0 & TlpFormat.DigestBit) != 0 ? 4 : 0);
        var rest = bytes.Length - headerOffset - headerBytes;
        if (rest != tail)
        {
            var offset = headerOffset + headerBytes + Math.Min(rest, tail);
            fault = new TlpFault(TlpFaultReason.PayloadLengthMismatch, offset, rest, tail);
            return false;
        }

        tlp = new TlpView(bytes, headerOffset, kind, payloadBytes);
        fault = default;
        return true;
    }

    private static TlpFault JudgeSize(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return new TlpFault(TlpFaultReason.Empty, 0, 0, ThreeDwBytes);
        }

        if ((bytes.Length & 3) != 0)
        {
            return new TlpFault(TlpFaultReason.NotWholeDws, bytes.Length & ~3, bytes.Length, 0);
        }

        const int max = TlpFormat.MaxSizeWithDigestBytes;
        return bytes.Length > max
            ? new TlpFault(TlpFaultReason.TooLong, max, bytes.Length, max)
            : new TlpFault(TlpFaultReason.TruncatedHeader, bytes.Length, bytes.Length, ThreeDwBytes);
    }

    private static TlpKind KindOf(uint dw0, byte messageCode)
    {
        var fmt = dw0 >> 29;
        var type = (dw0 >> 24) & 0x1F;
        if (fmt >= TlpFormat.FmtPrefix)
        {
            return TlpKind.None;
        }

        if ((type & 0b11000) == TlpFormat.TypeMessage)
        {
            return IsFourDw(dw0) ? MessageKind(dw0, messageCode) : TlpKind.None;
        }

        var hasData = HasDataBit(dw0);
        var isThreeDw = !IsFourDw(dw0);
        return type switch
        {
            TlpFormat.TypeMemory => hasData ? TlpKind.MemoryWrite : TlpKind.MemoryRead,
            TlpFormat.TypeIo when isThreeDw => hasData ? TlpKind.IoWrite : TlpKind.IoRead,
            TlpFormat.TypeConfiguration0 when isThreeDw =>
                hasData ? TlpKind.ConfigurationWrite0 : TlpKind.ConfigurationRead0,
            TlpFormat.TypeConfiguration1 when isThreeDw =>
                hasData ? TlpKind.ConfigurationWrite1 : TlpKind.ConfigurationRead1,
            TlpFormat.TypeCompletion when isThreeDw => hasData ? TlpKind.CompletionWithData : TlpKind.Completion,
            TlpFormat.TypeFetchAdd when hasData => TlpKind.FetchAdd,
            TlpFormat.TypeSwap when hasData => TlpKind.Swap,
            TlpFormat.TypeCas when hasData => TlpKind.Cas,
            _ => TlpKind.None,
        };
    }

    private static TlpKind MessageKind(uint dw0, byte messageCode)
    {
        var routing = (dw0 >> 24) & 7;
        var code = (MessageCode)messageCode;
        return (HasDataBit(dw0), routing, code) switch
        {
            (true, TlpFormat.RouteById, MessageCode.InvalidateRequest) => TlpKind.InvalidateRequest,
            (false, TlpFormat.RouteById, MessageCode.InvalidateCompletion) => TlpKind.InvalidateCompletion,
            (false, TlpFormat.RouteToRootComplex, MessageCode.PageRequest) => TlpKind.PageRequest,
            (false, TlpFormat.RouteById, MessageCode.PrgResponse) => TlpKind.PrgResponse,
            _ => TlpKind.OtherMessage,
        };
    }

    private static int PayloadBytes(uint dw0)
    {
        var length = (int)(dw0 & 0x3FF);
        return 4 * (length == 0 ? TlpFormat.MaxPayloadDw : length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFourDw(uint dw0) => (dw0 >> 29 & TlpFormat.FmtFourDw) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasDataBit(uint dw0) => (dw0 >> 29 & TlpFormat.FmtWithData) != 0;
}
