using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace HilBench.Pcie;

/// <summary>Turns TLPs into words, for people: not for hot paths.</summary>
public static class TlpText
{
    private const int DataDwsShown = 4;

    /// <summary>One line: kind, then fields as <c>name=value</c>. Malformed bytes give the fault's sentence.</summary>
    public static string Line(ReadOnlySpan<byte> tlp) =>
        TlpView.TryRead(tlp, out var view, out var fault) ? Line(view) : $"malformed TLP: {fault.Sentence}";

    /// <summary>One line: kind, then fields as <c>name=value</c>.</summary>
    public static string Line(TlpView tlp)
    {
        var text = new StringBuilder(Name(tlp));
        AppendCommon(text, tlp);
        switch (tlp.Kind)
        {
            case TlpKind.ConfigurationRead0 or TlpKind.ConfigurationWrite0
                or TlpKind.ConfigurationRead1 or TlpKind.ConfigurationWrite1:
                Add(text, $"req={tlp.Requester} tag={tlp.Tag} to={tlp.Destination} reg=0x{tlp.RegisterNumber:x}");
                AppendByteEnables(text, tlp);
                AppendData(text, tlp);
                break;
            case TlpKind.Completion or TlpKind.CompletionWithData:
                Add(text, $"{StatusName(tlp.Status)} from={tlp.Completer} req={tlp.Requester} tag={tlp.Tag}");
                Add(text, $"bytes={tlp.ByteCount} lower=0x{tlp.LowerAddress:x}");
                AppendData(text, tlp);
                break;
            case TlpKind.InvalidateRequest or TlpKind.InvalidateCompletion or TlpKind.PageRequest
                or TlpKind.PrgResponse or TlpKind.OtherMessage:
                AppendMessage(text, tlp);
                break;
            default:
                AppendMemory(text, tlp);
                break;
        }

        return text.ToString();
    }

    /// <summary>
    /// Several lines: the one line, the header's DWs, the payload in DWs, and for completions what the data would
    /// mean as translations. Lines end in a newline character.
    /// </summary>
    public static string Describe(ReadOnlySpan<byte> tlp)
    {
        var text = new StringBuilder();
        if (!TlpView.TryRead(tlp, out var view, out var fault))
        {
            text.Append(Inv($"malformed TLP: {fault.Sentence}\n"));
            AppendDump(text, tlp);
            return text.ToString();
        }

        text.Append(Line(view)).Append('\n');
        AppendDump(text, tlp);
        if (view.Kind == TlpKind.CompletionWithData && view.Payload.Length % TranslationEntry.SizeBytes == 0)
        {
            text.Append("  if it answers a Translation Request:\n");
            var entries = new TranslationEntryReader(view.Payload);
            for (var i = 0; entries.TryNext(out var entry); i++)
            {
                text.Append(Inv($"    translation {i}: {Describe(entry)}\n"));
            }
        }

        return text.ToString();
    }

    /// <summary>A translation in words: <c>0x80000000+4KiB RW Global</c>.</summary>
    public static string Describe(TranslationEntry entry)
    {
        var text = new StringBuilder(entry.Range.ToString()).Append(' ');
        text.Append(entry.GrantsAccess ? (entry.R ? "R" : "") + (entry.W ? "W" : "") : "no access");
        AppendIf(text, entry.U, " U");
        AppendIf(text, entry.Exe, " Exe");
        AppendIf(text, entry.Priv, " Priv");
        AppendIf(text, entry.Global, " Global");
        AppendIf(text, entry.N, " N");
        AppendIf(text, entry.CxlIo, " CXL.io");
        AppendIf(text, entry.Ama != 0, Inv($" AMA={entry.Ama}"));
        return text.ToString();
    }

    /// <summary>The bytes as DWs in hexadecimal, parted by blanks: <c>20000402 010007ff</c>.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length * 9 / 4);
        for (var i = 0; i < bytes.Length; i++)
        {
            AppendIf(text, i != 0 && i % 4 == 0, " ");
            text.Append(Inv($"{bytes[i]:x2}"));
        }

        return text.ToString();
    }

    private static string Name(TlpView tlp) => tlp.Kind switch
    {
        TlpKind.MemoryRead => tlp.Is64Bit ? "MRd64" : "MRd32",
        TlpKind.MemoryWrite => tlp.Is64Bit ? "MWr64" : "MWr32",
        TlpKind.IoRead => "IORd",
        TlpKind.IoWrite => "IOWr",
        TlpKind.ConfigurationRead0 => "CfgRd0",
        TlpKind.ConfigurationWrite0 => "CfgWr0",
        TlpKind.ConfigurationRead1 => "CfgRd1",
        TlpKind.ConfigurationWrite1 => "CfgWr1",
        TlpKind.Completion => "Cpl",
        TlpKind.CompletionWithData => "CplD",
        TlpKind.FetchAdd => tlp.Is64Bit ? "FetchAdd64" : "FetchAdd32",
        TlpKind.Swap => tlp.Is64Bit ? "Swap64" : "Swap32",
        TlpKind.Cas => tlp.Is64Bit ? "CAS64" : "CAS32",
        TlpKind.InvalidateRequest => "InvalidateRequest",
        TlpKind.InvalidateCompletion => "InvalidateCompletion",
        TlpKind.PageRequest => tlp.IsStopMarker ? "StopMarker" : "PageRequest",
        TlpKind.PrgResponse => "PrgResponse",
        TlpKind.OtherMessage => tlp.HasData ? "MsgD" : "Msg",
        _ => "(no TLP)",
    };

    private static void AppendCommon(StringBuilder text, TlpView tlp)
    {
        var hasAddressType = tlp.Kind is TlpKind.MemoryRead or TlpKind.MemoryWrite
            or TlpKind.FetchAdd or TlpKind.Swap or TlpKind.Cas;
        if (hasAddressType && tlp.AddressType != AddressType.Untranslated)
        {
            Add(text, $"AT={AddressTypeName(tlp.AddressType)}");
        }

        if (tlp.HasPasid)
        {
            Add(text, $"PASID={tlp.Prefix.Pasid}");
            AppendIf(text, tlp.Prefix.ExecuteRequested, " ER");
            AppendIf(text, tlp.Prefix.PrivilegedRequested, " PMR");
            AppendIf(text, tlp.PrefixReservedBits != 0, Inv($" prefix[23:22]={tlp.PrefixReservedBits}"));
        }

        AppendIf(text, tlp.TrafficClass != 0, Inv($" TC={tlp.TrafficClass}"));
        AppendIf(text, tlp.Attributes.HasFlag(TlpAttributes.RelaxedOrdering), " RO");
        AppendIf(text, tlp.Attributes.HasFlag(TlpAttributes.NoSnoop), " NS");
        AppendIf(text, tlp.Attributes.HasFlag(TlpAttributes.Ido), " IDO");
        AppendIf(text, tlp.HasDigest, " TD");
        AppendIf(text, tlp.IsPoisoned, " EP");
    }

    private static void AppendMemory(StringBuilder text, TlpView tlp)
    {
        Add(text, $"req={tlp.Requester} tag={tlp.Tag} addr=0x{tlp.Address:x} len={tlp.LengthDw}DW");
        if (!tlp.IsTranslationRequest)
        {
            AppendByteEnables(text, tlp);
            AppendData(text, tlp);
            return;
        }

        var translations = tlp.LengthDw / 2;
        text.Append(Inv($" ({translations} translation{(translations == 1 ? "" : "s")})"));
        AppendIf(text, tlp.NoWrite, " NW");
    }

    private static void AppendMessage(StringBuilder text, TlpView tlp)
    {
        switch (tlp.Kind)
        {
            case TlpKind.InvalidateRequest:
                Add(text, $"from={tlp.Requester} to={tlp.Destination} itag={tlp.ITag} range={tlp.InvalidateRange}");
                AppendIf(text, tlp.IsGlobalInvalidate, " G");
                AppendIf(text, tlp.LengthDw != 2, Inv($" len={tlp.LengthDw}DW"));
                break;
            case TlpKind.InvalidateCompletion:
                Add(text, $"from={tlp.Requester} to={tlp.Destination} itags={ITags(tlp.ITagVector)}");
                Add(text, $"CC={tlp.CompletionCount}");
                break;
            case TlpKind.PageRequest when tlp.IsStopMarker:
                Add(text, $"req={tlp.Requester}");
                break;
            case TlpKind.PageRequest:
                Add(text, $"req={tlp.Requester} page=0x{tlp.PageAddress:x} prgi=0x{tlp.PrgIndex:x}");
                AppendIf(text, tlp.IsLastOfGroup, " L");
                AppendIf(text, tlp.WantsWrite, " W");
                AppendIf(text, tlp.WantsRead, " R");
                break;
            case TlpKind.PrgResponse:
                Add(text, $"from={tlp.Requester} to={tlp.Destination} prgi=0x{tlp.PrgIndex:x} {tlp.PrgResponseCode}");
                break;
            default:
                Add(text, $"code=0x{(int)tlp.MessageCode:x2} routing={tlp.MessageRouting} from={tlp.Requester}");
                Add(text, $"dw2={tlp.HeaderDw(2):x8} dw3={tlp.HeaderDw(3):x8}");
                AppendData(text, tlp);
                break;
        }
    }

    private static void AppendByteEnables(StringBuilder text, TlpView tlp)
    {
        var whole = tlp.FirstByteEnable == 0xF && tlp.LastByteEnable == (tlp.LengthDw == 1 ? 0 : 0xF);
        AppendIf(text, !whole, Inv($" BE={tlp.FirstByteEnable:x}/{tlp.LastByteEnable:x}"));
    }

    private static void AppendData(StringBuilder text, TlpView tlp)
    {
        if (tlp.Payload.IsEmpty)
        {
            return;
        }

        var shown = tlp.Payload[..Math.Min(tlp.Payload.Length, 4 * DataDwsShown)];
        text.Append(" data=").Append(Hex(shown));
        AppendIf(text, shown.Length < tlp.Payload.Length, Inv($" ... ({tlp.Payload.Length / 4}DW)"));
    }

    private static void AppendDump(StringBuilder text, ReadOnlySpan<byte> tlp)
    {
        const int bytesInALine = 16;
        var isPrefix = tlp.Length >= 4 && tlp[0] == TlpFormat.PasidPrefixByte;
        if (isPrefix)
        {
            text.Append(Inv($"  prefix  {BinaryPrimitives.ReadUInt32BigEndian(tlp):x8}\n"));
            tlp = tlp[4..];
        }

        for (var i = 0; i < tlp.Length; i += bytesInALine)
        {
            var line = tlp.Slice(i, Math.Min(bytesInALine, tlp.Length - i));
            text.Append(Inv($"  DW{i / 4,-5} {Hex(line)}\n"));
        }
    }

    private static string ITags(uint vector)
    {
        var tags = new List<string>();
        for (var i = 0; i < ITag.Count; i++)
        {
            if ((vector >> i & 1) != 0)
            {
                tags.Add(i.ToString(CultureInfo.InvariantCulture));
            }
        }

        return tags.Count == 0 ? "none" : string.Join(',', tags);
    }

    private static string AddressTypeName(AddressType type) => type switch
    {
        AddressType.TranslationRequest => "TR",
        AddressType.Translated => "T",
        AddressType.Reserved => "11",
        _ => "U",
    };

    private static string StatusName(CompletionStatus status) => status switch
    {
        CompletionStatus.SuccessfulCompletion => "SC",
        CompletionStatus.UnsupportedRequest => "UR",
        CompletionStatus.RequestRetryStatus => "RRS",
        CompletionStatus.CompleterAbort => "CA",
        _ => Inv($"status={(int)status}"),
    };

    private static void Add(StringBuilder text, FormattableString part) => text.Append(' ').Append(Inv(part));

    private static void AppendIf(StringBuilder text, bool condition, string part) =>
        text.Append(condition ? part : "");

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
