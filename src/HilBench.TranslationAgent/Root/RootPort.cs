using System.Buffers.Binary;
using System.Numerics;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>
/// The host's end of the link: answers the device's memory requests from physical memory, its Translation Requests from
/// the page tables, and sends the host's own configuration and memory requests.
/// </summary>
public sealed class RootPort
{
    /// <summary>Where the notify window lies (the x86 MSI window); never memory.</summary>
    public const ulong NotifyBase = 0xFEE0_0000;

    private const int NotifyBytes = 4096;
    private const int HostTags = 32;
    private const int CompletionBoundary = 64;
    private readonly ITlpPort _port;
    private readonly PhysicalMemory _memory;
    private readonly EventJournal _journal;
    private readonly byte[] _tlp = new byte[4200];
    private readonly byte[] _data = new byte[4096];
    private readonly HostRequestStatus[] _status = new HostRequestStatus[HostTags];
    private readonly byte[][] _answers = [.. Enumerable.Range(0, HostTags).Select(_ => new byte[64])];
    private readonly List<AgentFunction> _functions = [];
    private int _tagCursor;

    /// <summary>Makes a root port for one function; others are added.</summary>
    public RootPort(
        ITlpPort port, PhysicalMemory memory, PasidTable pasids, InvalidationQueue invalidations, RequesterId agent,
        EventJournal journal)
    {
        _port = port;
        _memory = memory;
        _journal = journal;
        Answers = new TranslationAnswer(port, agent);
        Agent = agent;
        _functions.Add(new AgentFunction(pasids, invalidations, new PageRequestQueue(port, agent), journal));
    }

    /// <summary>Requester ID of the host side.</summary>
    public RequesterId Agent { get; }

    /// <summary>The functions behind this port, the first one first.</summary>
    public IReadOnlyList<AgentFunction> Functions => _functions;

    /// <summary>Requester ID of the first function.</summary>
    public RequesterId Function
    {
        get => _functions[0].Id;
        set => _functions[0].Id = value;
    }

    /// <summary>The PASID table of the first function.</summary>
    public PasidTable Pasids => _functions[0].Pasids;

    /// <summary>The invalidation queue of the first function.</summary>
    public InvalidationQueue Invalidations => _functions[0].Invalidations;

    /// <summary>Answers Translation Requests.</summary>
    public Translator Translator { get; } = new();

    /// <summary>
    /// What is added to physical addresses in translations, and taken off in translated requests, as by a host whose
    /// second stage stands behind the device's translations (T2GPA). A multiple of 4 KiB.
    /// </summary>
    public ulong GuestOffset { get; set; }

    /// <summary>Sends the answers to Translation Requests.</summary>
    public TranslationAnswer Answers { get; }

    /// <summary>Whether the agent serves Translation Requests of the first function.</summary>
    public bool IsAtsEnabled
    {
        get => _functions[0].IsAtsEnabled;
        set => _functions[0].IsAtsEnabled = value;
    }

    /// <summary>Largest payload of a completion, bytes: 64 (the read completion boundary) or more.</summary>
    public int MaxPayloadBytes { get; set; } = 128;

    /// <summary>Takes writes to the notify window; null drops them.</summary>
    public INotifyWindow? NotifyWindow { get; set; }

    /// <summary>Translation Requests that were answered, whatever the answer.</summary>
    public long TranslationRequests { get; private set; }

    /// <summary>TLPs of the device that the host could not take: malformed, or nothing that a host serves.</summary>
    public long Refused { get; private set; }

    /// <summary>Adds another function of the device.</summary>
    public void Add(AgentFunction function) => _functions.Add(function);

    /// <summary>The function with this Requester ID; null: there is none.</summary>
    public AgentFunction? Find(RequesterId id)
    {
        foreach (var function in _functions)
        {
            if (function.Id == id)
            {
                return function;
            }
        }

        return null;
    }

    /// <summary>Takes one TLP of the device.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        if (!TlpView.TryRead(bytes, out var tlp, out _))
        {
            Refused++;
            return;
        }

        switch (tlp.Kind)
        {
            case TlpKind.MemoryRead when tlp.IsTranslationRequest:
                AnswerTranslation(in tlp);
                break;
            case TlpKind.MemoryRead:
                AnswerRead(in tlp);
                break;
            case TlpKind.MemoryWrite:
                TakeWrite(in tlp);
                break;
            case TlpKind.FetchAdd or TlpKind.Swap or TlpKind.Cas:
                AnswerAtomic(in tlp);
                break;
            case TlpKind.InvalidateCompletion when tlp.Destination == Agent && Find(tlp.Requester) is { } function:
                function.Invalidations.Complete(tlp.ITagVector, tlp.CompletionCount);
                break;
            case TlpKind.PageRequest when Find(tlp.Requester) is { } asking:
                asking.PageRequests.Take(in tlp);
                break;
            case TlpKind.Completion or TlpKind.CompletionWithData:
                TakeCompletion(in tlp);
                break;
            default:
                Refused++;
                break;
        }
    }

    /// <summary>Sends a CfgRd0; the answer is 4 bytes.</summary>
    /// <param name="register">Byte offset, a multiple of 4.</param>
    /// <param name="function">Whose register; null: that of the first function.</param>
    /// <returns>The tag for <see cref="StatusOf"/>.</returns>
    public int BeginConfigurationRead(int register, RequesterId? function = null)
    {
        var tag = NextTag();
        var request = new ConfigurationRequest(Agent, (byte)tag, function ?? Function, register);
        _port.Send(_tlp.AsSpan(0, TlpWriter.WriteConfigurationRead(_tlp, in request)), DownstreamClass.NonPosted);
        return tag;
    }

    /// <summary>Sends a CfgWr0.</summary>
    /// <param name="register">Byte offset, a multiple of 4.</param>
    /// <param name="value">The register's value.</param>
    /// <param name="byteEnable">Which of the 4 bytes are written.</param>
    /// <param name="function">Whose register; null: that of the first function.</param>
    /// <returns>The tag for <see cref="StatusOf"/>.</returns>
    public int BeginConfigurationWrite(int register, uint value, byte byteEnable = 0xF, RequesterId? function = null)
    {
        var tag = NextTag();
        var request = new ConfigurationRequest(Agent, (byte)tag, function ?? Function, register) { ByteEnable = byteEnable };
        _port.Send(_tlp.AsSpan(0, TlpWriter.WriteConfigurationWrite(_tlp, in request, value)), DownstreamClass.NonPosted);
        return tag;
    }

    /// <summary>Sends a memory read to the device (MMIO).</summary>
    /// <param name="address">Bus address, a multiple of 4.</param>
    /// <param name="lengthDw">1 to 16.</param>
    /// <returns>The tag for <see cref="StatusOf"/>.</returns>
    public int BeginRead(ulong address, int lengthDw)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthDw, 16);
        var tag = NextTag();
        var request = new MemoryRequest(Agent, (byte)tag, address);
        _port.Send(_tlp.AsSpan(0, TlpWriter.WriteMemoryRead(_tlp, in request, lengthDw)), DownstreamClass.NonPosted);
        return tag;
    }

    /// <summary>Sends a memory write to the device (MMIO); posted.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> data)
    {
        var request = new MemoryRequest(Agent, 0, address);
        _port.Send(_tlp.AsSpan(0, TlpWriter.WriteMemoryWrite(_tlp, in request, data)), DownstreamClass.Posted);
    }

    /// <summary>How far the request with this tag has come.</summary>
    public HostRequestStatus StatusOf(int tag) => _status[tag];

    /// <summary>Frees the tag and returns the answer's data; empty when it had none.</summary>
    public ReadOnlySpan<byte> TakeAnswer(int tag)
    {
        var wasDone = _status[tag] == HostRequestStatus.Done;
        _status[tag] = HostRequestStatus.None;
        return wasDone ? _answers[tag] : [];
    }

    /// <summary>Forgets everything under way: after a reset of the device.</summary>
    public void Reset()
    {
        Array.Clear(_status);
        foreach (var function in _functions)
        {
            function.Reset();
        }
    }

    private void AnswerTranslation(in TlpView tlp)
    {
        TranslationRequests++;

        // A Requester ID that nobody has is the checker's matter; the first function's contexts answer.
        var function = Find(tlp.Requester) ?? _functions[0];
        if (!function.IsAtsEnabled)
        {
            Answers.SendStatus(in tlp, CompletionStatus.UnsupportedRequest);
            return;
        }

        var wanted = Math.Clamp(tlp.LengthDw / 2, 1, CompletionBoundary / TranslationEntry.SizeBytes);
        var space = function.Pasids.Find(PasidOf(in tlp));
        var wants = WantsOf(in tlp);
        var payload = _data.AsSpan(0, wanted * TranslationEntry.SizeBytes);
        var count = 0;
        for (var address = tlp.Address & ~0xFFFUL; count < wanted; count++)
        {
            var entry = space is null ? default : Translator.Translate(space, address, tlp.NoWrite, wants);
            entry = entry.GrantsAccess ? entry : default;

            var record = new TranslationRecord(address, entry.Bits, PasidOf(in tlp)?.Value ?? InvalidationRecord.NoPasid, function.Id.Value);
            _journal.Append(JournalKind.Translation, in record);
            AtsPayload.Write(payload[(count * TranslationEntry.SizeBytes)..], entry.Bits + (entry.GrantsAccess ? GuestOffset : 0));
            var shift = entry.GrantsAccess ? entry.Range.SizeShift : AtsRange.MinSizeShift;
            var next = AtsRange.Around(address, shift).Last + 1;
            if (next == 0)
            {
                count++;
                break;
            }

            address = next;
        }

        Answers.Send(in tlp, payload[..(count * TranslationEntry.SizeBytes)]);
    }

    private void AnswerRead(in TlpView tlp)
    {
        var bytes = tlp.LengthDw * 4;
        var data = _data.AsSpan(0, bytes);
        if (!TryResolve(in tlp, isWrite: false, out var address) || !TryRead(address, data))
        {
            Complete(in tlp, CompletionStatus.UnsupportedRequest, DownstreamClass.ReadCompletion);
            return;
        }

        var options = new TlpOptions { TrafficClass = tlp.TrafficClass };
        var (skipped, byteCount) = EnabledBytes(in tlp);
        for (var done = 0; done < bytes;)
        {
            var from = tlp.Address + (ulong)done;
            var chunk = Math.Min(bytes - done, MaxPayloadBytes - (int)(from & (ulong)(MaxPayloadBytes - 1)));
            var header = new CompletionHeader(
                Agent, tlp.Requester, tlp.Tag, ByteCount: byteCount, LowerAddress: (int)(from & 0x7F) + skipped);
            var size = TlpWriter.WriteCompletionWithData(_tlp, in header, data.Slice(done, chunk), in options);
            _port.Send(_tlp.AsSpan(0, size), DownstreamClass.ReadCompletion);
            done += chunk;
            byteCount -= chunk - skipped;
            skipped = 0;
        }
    }

    // Byte Count and Lower Address count from the first enabled byte to the last; a zero-length read counts as one byte
    // (CXP: get_be_byte_count, get_first_be_offset).
    private static (int Skipped, int Count) EnabledBytes(in TlpView tlp)
    {
        var last = tlp.LengthDw == 1 ? tlp.FirstByteEnable : tlp.LastByteEnable;
        if (tlp.FirstByteEnable == 0)
        {
            return (0, tlp.LengthDw == 1 ? 1 : tlp.LengthDw * 4);
        }

        var skipped = BitOperations.TrailingZeroCount((uint)tlp.FirstByteEnable);
        var dropped = last == 0 ? 0 : BitOperations.LeadingZeroCount((uint)last) - 28;
        return (skipped, tlp.LengthDw * 4 - skipped - dropped);
    }

    private void TakeWrite(in TlpView tlp)
    {
        if (tlp.AddressType == AddressType.Untranslated && !tlp.HasPasid && tlp.Address - NotifyBase < NotifyBytes)
        {
            NotifyWindow?.Written((int)(tlp.Address - NotifyBase), tlp.Payload);
        }
        else if (!TryResolve(in tlp, isWrite: true, out var address) || !TryStore(in tlp, address))
        {
            Refused++;
        }
    }

    private bool TryStore(in TlpView tlp, PhysicalAddress address)
    {
        var last = tlp.LengthDw == 1 ? tlp.FirstByteEnable : tlp.LastByteEnable;
        if (tlp.FirstByteEnable == 0xF && last == 0xF)
        {
            return TryWrite(address, tlp.Payload);
        }

        // Byte enables of the first and last DW may be any pattern; the DWs between are whole.
        var data = _data.AsSpan(0, tlp.Payload.Length);
        if (!TryRead(address, data))
        {
            return false;
        }

        for (var i = 0; i < data.Length; i++)
        {
            var enable = i < 4 ? tlp.FirstByteEnable : i >= data.Length - 4 ? last : 0xF;
            if ((enable >> (i & 3) & 1) != 0)
            {
                data[i] = tlp.Payload[i];
            }
        }

        return TryWrite(address, data);
    }

    private bool TryRead(PhysicalAddress address, Span<byte> data)
    {
        if (!IsMemory(address, data.Length))
        {
            return false;
        }

        _memory.Read(address, data);
        return true;
    }

    // A page table that a device overwrote would take the model of the CPU down with it: the write is refused. The checker
    // has seen the TLP either way.
    private bool TryWrite(PhysicalAddress address, ReadOnlySpan<byte> data)
    {
        if (!IsMemory(address, data.Length) || IsPageTable(address) || IsPageTable(address.Add((ulong)data.Length - 1)))
        {
            return false;
        }

        _memory.Write(address, data);
        return true;
    }

    private bool IsPageTable(PhysicalAddress address) => (_memory.FlagsOf(address) & FrameFlags.PageTable) != 0;

    private bool IsMemory(PhysicalAddress address, int bytes) =>
        _memory.Contains(address) && _memory.Contains(new PhysicalAddress(address.Value + (ulong)bytes - 1));

    // AT = 10 is taken at its word, as a root complex that trusts the device does; the checker judges it.
    private bool TryResolve(in TlpView tlp, bool isWrite, out PhysicalAddress address)
    {
        address = new PhysicalAddress(tlp.Address);
        if (tlp.AddressType == AddressType.Translated)
        {
            address = new PhysicalAddress(tlp.Address - GuestOffset);
            return tlp.Address >= GuestOffset;
        }

        var pasids = (Find(tlp.Requester) ?? _functions[0]).Pasids;
        if (tlp.AddressType != AddressType.Untranslated || pasids.Find(PasidOf(in tlp)) is not { } space)
        {
            return false;
        }

        var entry = Translator.Translate(space, tlp.Address, isNoWrite: !isWrite);
        var offsetMask = entry.Range.Last ^ entry.Range.Base;
        address = new PhysicalAddress(entry.Range.Base | (tlp.Address & offsetMask));
        return isWrite ? entry.W : entry.R;
    }

    private void TakeCompletion(in TlpView tlp)
    {
        if (tlp.Tag >= HostTags || _status[tlp.Tag] != HostRequestStatus.Pending)
        {
            Refused++;
            return;
        }

        _status[tlp.Tag] = tlp.Status == CompletionStatus.SuccessfulCompletion
            ? HostRequestStatus.Done
            : HostRequestStatus.Refused;
        tlp.Payload[..Math.Min(tlp.Payload.Length, _answers[tlp.Tag].Length)].CopyTo(_answers[tlp.Tag]);
    }

    private void Complete(in TlpView tlp, CompletionStatus status, DownstreamClass order)
    {
        // A failed translation has Byte Count 0 (ats-rules X05), a failed read what was asked for.
        var byteCount = order == DownstreamClass.ReadCompletion ? EnabledBytes(in tlp).Count : 0;
        var header = new CompletionHeader(Agent, tlp.Requester, tlp.Tag, status, byteCount);
        var options = new TlpOptions { TrafficClass = tlp.TrafficClass };
        _port.Send(_tlp.AsSpan(0, TlpWriter.WriteCompletion(_tlp, in header, in options)), order);
    }

    private int NextTag()
    {
        for (var tries = 0; tries < HostTags; tries++)
        {
            var tag = _tagCursor;
            _tagCursor = (_tagCursor + 1) % HostTags;
            if (_status[tag] == HostRequestStatus.None)
            {
                _status[tag] = HostRequestStatus.Pending;
                Array.Clear(_answers[tag]);
                return tag;
            }
        }

        throw new BenchException(
            BenchLayer.Device, "32 requests of the host are unanswered", "The device does not answer; reset it.");
    }

    // Operands and old value are little-endian, as all memory data is; a swap has one operand, a CAS compares with the first.
    private void AnswerAtomic(in TlpView tlp)
    {
        var size = tlp.Kind == TlpKind.Cas ? tlp.Payload.Length / 2 : tlp.Payload.Length;
        if (size is not (4 or 8) || !TryResolve(in tlp, isWrite: true, out var address) || !TryRead(address, _data.AsSpan(0, size)))
        {
            Complete(in tlp, CompletionStatus.UnsupportedRequest, DownstreamClass.ReadCompletion);
            return;
        }

        var old = Operand(_data.AsSpan(0, size));
        var first = Operand(tlp.Payload[..size]);
        var result = tlp.Kind switch
        {
            TlpKind.FetchAdd => old + first,
            TlpKind.Swap => first,
            _ => old == first ? Operand(tlp.Payload[size..]) : old,
        };
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, result);
        if (!TryWrite(address, bytes[..size]))
        {
            Complete(in tlp, CompletionStatus.CompleterAbort, DownstreamClass.ReadCompletion);
            return;
        }

        var header = new CompletionHeader(Agent, tlp.Requester, tlp.Tag, ByteCount: size);
        var options = new TlpOptions { TrafficClass = tlp.TrafficClass };
        var written = TlpWriter.WriteCompletionWithData(_tlp, in header, _data.AsSpan(0, size), in options);
        _port.Send(_tlp.AsSpan(0, written), DownstreamClass.ReadCompletion);
    }

    private static ulong Operand(ReadOnlySpan<byte> bytes) => bytes.Length == 4
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private static TranslationFlags WantsOf(in TlpView tlp) =>
        (tlp.HasPasid && tlp.Prefix.ExecuteRequested ? TranslationFlags.Exe : 0) |
        (tlp.HasPasid && tlp.Prefix.PrivilegedRequested ? TranslationFlags.Priv : 0);

    private static Pasid? PasidOf(in TlpView tlp) => tlp.HasPasid ? tlp.Prefix.Pasid : null;
}
