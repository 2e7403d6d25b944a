using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>
/// A small host for devices that implement docs/exerciser.md: enables the device as a host does, answers its requests
/// from a table of translations and a memory of DWs, and keeps everything that the device sent.
/// </summary>
public sealed class ExerciserHost(IDevice device)
{
    public const ulong Bar = 0xE000_0000;
    public const uint NotifyAddress = 0x0010_0000;
    private const ulong Patience = 20_000; // cycles that anything may take

    private readonly byte[] _buffer = new byte[TlpFormat.MaxSizeWithDigestBytes];
    private readonly Dictionary<(int Function, Pasid? Pasid, ulong Page), TranslationEntry> _table = [];
    private readonly Dictionary<ulong, uint> _memory = [];
    private byte _tag;

    public static RequesterId Function { get; } = RequesterId.From(1, 0, 0);

    public static RequesterId Second { get; } = RequesterId.From(1, 0, 1);

    public static RequesterId Agent { get; } = new(0x0008);

    public IDevice Device { get; } = device;

    /// <summary>All that the device sent, in order.</summary>
    public List<EmittedTlp> Log { get; } = [];

    /// <summary>Requests that were not answered because they were to be held.</summary>
    public List<EmittedTlp> Held { get; } = [];

    public bool HoldsTranslations { get; set; }

    public bool HoldsReads { get; set; }

    /// <summary>Instead of a translation: this status.</summary>
    public CompletionStatus? TranslationStatus { get; set; }

    /// <summary>Instead of data: this status.</summary>
    public CompletionStatus? ReadStatus { get; set; }

    /// <summary>Bytes in one completion of a read, at most.</summary>
    public int CompletionBytes { get; set; } = 4096;

    public IEnumerable<EmittedTlp> TranslationRequests => Log.Where(t => t.IsTranslationRequest);

    public IEnumerable<EmittedTlp> Translated => Log.Where(t => t.IsTranslated);

    public IEnumerable<EmittedTlp> InvalidateCompletions => Log.Where(t => t.Kind == TlpKind.InvalidateCompletion);

    public IEnumerable<EmittedTlp> Records => Log.Where(t =>
        t.Kind == TlpKind.MemoryWrite && !t.IsTranslated && t.Address - NotifyAddress < 8 * 16);

    public IEnumerable<EmittedTlp> PageRequests => Log.Where(t => t.Kind == TlpKind.PageRequest);

    /// <summary>Opens the device for business: BAR0, bus master, ATS, PASID.</summary>
    public ExerciserHost Enable()
    {
        WriteConfiguration(ConfigurationRegister.Bar0, (uint)Bar);
        WriteConfiguration(
            ConfigurationRegister.CommandStatus,
            ConfigurationRegister.MemorySpaceEnable | ConfigurationRegister.BusMasterEnable);
        WriteConfiguration(0x114, PasidCapability.Enable);
        WriteConfiguration(0x104, AtsCapability.Enable);
        return this;
    }

    /// <summary>
    /// Opens both functions for everything that version 2 of the exerciser can do; ignores the test on version 1.
    /// </summary>
    /// <param name="allocation">Page Requests that each function may have out.</param>
    public ExerciserHost EnableAll(uint allocation = 32)
    {
        Enable();
        if (ReadBar(0x004) < 2)
        {
            Assert.Ignore("the device has version 1 of the exerciser: one function, no page requests, no atomics");
        }

        foreach (var function in (RequesterId[])[Function, Second])
        {
            const uint enables = ConfigurationRegister.MemorySpaceEnable | ConfigurationRegister.BusMasterEnable;
            WriteConfiguration(ConfigurationRegister.CommandStatus, enables, function: function);
            WriteConfiguration(0x68, PciExpressCapability.AtomicRequesterEnable, function: function);
            WriteConfiguration(0x114, 7u << 16, function: function);
            WriteConfiguration(0x104, AtsCapability.Enable, function: function);
            WriteConfiguration(0x12C, allocation, function: function);
            WriteConfiguration(0x124, PageRequestCapability.Enable, function: function);
        }

        return this;
    }

    /// <summary>Maps pages for translation; a size above 4 KiB maps its block.</summary>
    public void Map(
        ulong address,
        ulong translated,
        int sizeShift = 12,
        Pasid? pasid = null,
        TranslationFlags flags = TranslationFlags.R | TranslationFlags.W,
        int function = 0)
    {
        var entry = TranslationEntry.From(new AtsRange(translated, sizeShift), flags);
        _table[(function, pasid, AtsRange.Around(address, sizeShift).Base | (uint)sizeShift)] = entry;
    }

    public void Unmap(ulong address, int sizeShift = 12, Pasid? pasid = null, int function = 0) =>
        _table.Remove((function, pasid, AtsRange.Around(address, sizeShift).Base | (uint)sizeShift));

    public uint ReadMemory(ulong address) => _memory.GetValueOrDefault(address);

    public void WriteMemory(ulong address, params ReadOnlySpan<uint> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            _memory[address + 4 * (ulong)i] = values[i];
        }
    }

    public uint ReadConfiguration(int offset, RequesterId? function = null)
    {
        var request = new ConfigurationRequest(Agent, ++_tag, function ?? Function, offset);
        Send(d => TlpWriter.WriteConfigurationRead(d, request));
        return BinaryPrimitives.ReadUInt32LittleEndian(Answer(_tag).View.Payload);
    }

    public void WriteConfiguration(
        int offset, uint value, byte? byteEnable = null, RequesterId? function = null)
    {
        var request = new ConfigurationRequest(Agent, ++_tag, function ?? Function, offset) { ByteEnable = byteEnable };
        Send(d => TlpWriter.WriteConfigurationWrite(d, request, value));
        Assert.That(Answer(_tag).View.Status, Is.EqualTo(CompletionStatus.SuccessfulCompletion));
    }

    public void WriteBar(int offset, params ReadOnlySpan<uint> values)
    {
        var payload = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(4 * i), values[i]);
        }

        Send(d => TlpWriter.WriteMemoryWrite(d, new(Agent, 0, Bar + (ulong)offset), payload));
    }

    public EmittedTlp AskBar(int offset, int lengthDw = 1)
    {
        Send(d => TlpWriter.WriteMemoryRead(d, new(Agent, ++_tag, Bar + (ulong)offset), lengthDw));
        return Answer(_tag);
    }

    public uint ReadBar(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(AskBar(offset).View.Payload);

    /// <summary>Starts an operation with one 6-DW write.</summary>
    public void Start(int slot, Operation operation) => WriteBar(
        0x100 + 0x40 * slot,
        (uint)operation.Address,
        (uint)(operation.Address >> 32),
        operation.Context,
        (uint)operation.LengthBytes,
        operation.Seed,
        operation.Command);

    public SlotResult Result(int slot)
    {
        var low = AskBar(0x118 + 0x40 * slot, 4).View.Payload.ToArray();
        return new SlotResult(Dw(low, 0), Dw(low, 1), Dw(low, 2), Dw(low, 3));
    }

    /// <summary>Runs an operation to its end.</summary>
    public SlotResult Do(int slot, Operation operation)
    {
        Start(slot, operation);
        return Finish(slot);
    }

    /// <summary>Waits until a slot is idle.</summary>
    public SlotResult Finish(int slot)
    {
        var deadline = Device.Cycles + Patience;
        while (Device.Cycles < deadline)
        {
            if (Result(slot) is { IsBusy: false } result)
            {
                Run(64); // what it left in the transmit queue
                return result;
            }

            Run(32);
        }

        throw new AssertionException($"slot {slot} is still busy after {Patience} cycles:\n{LogText()}");
    }

    public void Invalidate(
        AtsRange range,
        int itag,
        Pasid? pasid = null,
        bool isGlobal = false,
        ulong notBefore = 0,
        RequesterId? function = null)
    {
        var request = new InvalidateRequest(
            Agent, function ?? Function, new ITag((byte)itag), range.ToInvalidatePayload(isGlobal));
        Send(d => TlpWriter.WriteInvalidateRequest(d, request, TlpOptions.WithPasid(pasid)), notBefore);
    }

    /// <summary>Invalidates and waits for the completion.</summary>
    public EmittedTlp InvalidateAndWait(
        AtsRange range, int itag = 0, Pasid? pasid = null, bool isGlobal = false, RequesterId? function = null)
    {
        var before = Log.Count;
        Invalidate(range, itag, pasid, isGlobal, function: function);
        return Await(t => t.Kind == TlpKind.InvalidateCompletion, before, $"the completion of ITag {itag}");
    }

    /// <summary>Answers a group of Page Requests.</summary>
    public void Respond(
        int index, PrgResponseCode code = PrgResponseCode.Success, RequesterId? function = null, Pasid? pasid = null)
    {
        var response = new PrgResponse(Agent, function ?? Function, index, code);
        Send(d => TlpWriter.WritePrgResponse(d, response, TlpOptions.WithPasid(pasid)));
    }

    /// <summary>Waits for a Page Request after <paramref name="after"/> TLPs.</summary>
    public EmittedTlp AwaitPageRequest(int after = 0) =>
        Await(t => t.Kind == TlpKind.PageRequest, after, "a Page Request");

    /// <summary>Runs for some cycles and answers what comes.</summary>
    public void Run(ulong cycles)
    {
        var until = Device.Cycles + cycles;
        while (Device.Cycles < until)
        {
            Device.Run(until, 0);
            Receive();
        }
    }

    /// <summary>Answers what is held, oldest first; it may be told to the past's table by the caller.</summary>
    public void Release()
    {
        var held = Held.ToArray();
        Held.Clear();
        foreach (var tlp in held)
        {
            Serve(tlp, Device.Cycles);
        }
    }

    /// <summary>Answers what is held first.</summary>
    public void ReleaseFirst()
    {
        var first = Held[0];
        Held.RemoveAt(0);
        Serve(first, Device.Cycles);
    }

    /// <summary>Answers one Translation Request from the table as it is now.</summary>
    public void AnswerTranslation(EmittedTlp request, ulong notBefore)
    {
        var tlp = request.View;
        var header = new CompletionHeader(Agent, tlp.Requester, tlp.Tag);
        if (TranslationStatus is { } status)
        {
            Send(d => TlpWriter.WriteCompletion(d, header with { Status = status }), notBefore);
            return;
        }

        var payload = new byte[4 * tlp.LengthDw];
        var address = tlp.Address;
        var count = 0;
        for (; count < tlp.LengthDw / 2; count++)
        {
            var entry = Translate(tlp.Requester.Function, address, tlp.PrefixOrNull?.Pasid);
            if (count > 0 && !entry.GrantsAccess)
            {
                break;
            }

            AtsPayload.Write(payload.AsSpan(8 * count), entry.Bits);
            address = AtsRange.Around(address, entry.Range.SizeShift).Last + 1;
        }

        header = header with { ByteCount = 8 * count };
        Send(d => TlpWriter.WriteCompletionWithData(d, header, payload.AsSpan(0, 8 * count)), notBefore);
    }

    public void Send(TlpWrite write, ulong notBefore = 0) =>
        Device.Send(_buffer.AsSpan(0, write(_buffer)), notBefore);

    public EmittedTlp Await(Func<EmittedTlp, bool> isIt, int after, string what)
    {
        var deadline = Device.Cycles + Patience;
        while (true)
        {
            for (var i = after; i < Log.Count; i++)
            {
                if (isIt(Log[i]))
                {
                    return Log[i];
                }
            }

            if (Device.Cycles >= deadline)
            {
                throw new AssertionException($"{what} did not come within {Patience} cycles:\n{LogText()}");
            }

            Run(16);
        }
    }

    public string LogText() => string.Join('\n', Log.TakeLast(40));

    private EmittedTlp Answer(byte tag)
    {
        var found = Await(t => t.View.IsCompletion && t.View.Tag == tag, 0, $"the completion of tag {tag}");
        Log.Remove(found); // tags come again
        return found;
    }

    private void Receive()
    {
        while (Device.TryReceive(out var bytes, out var cycle))
        {
            var tlp = new EmittedTlp(bytes.ToArray(), cycle);
            Log.Add(tlp);
            if (tlp.Kind == TlpKind.MemoryRead)
            {
                var isHeld = tlp.IsTranslationRequest ? HoldsTranslations : HoldsReads;
                if (isHeld)
                {
                    Held.Add(tlp);
                }
                else
                {
                    Serve(tlp, Device.Cycles);
                }
            }
            else if (tlp.Kind == TlpKind.MemoryWrite)
            {
                Store(tlp);
            }
            else if (tlp.Kind is TlpKind.FetchAdd or TlpKind.Cas)
            {
                if (HoldsReads)
                {
                    Held.Add(tlp);
                }
                else
                {
                    AnswerAtomic(tlp, Device.Cycles);
                }
            }
        }
    }

    private void Serve(EmittedTlp request, ulong notBefore)
    {
        if (request.Kind is TlpKind.FetchAdd or TlpKind.Cas)
        {
            AnswerAtomic(request, notBefore);
        }
        else if (request.IsTranslationRequest)
        {
            AnswerTranslation(request, notBefore);
        }
        else
        {
            AnswerRead(request, notBefore);
        }
    }

    private void AnswerRead(EmittedTlp request, ulong notBefore)
    {
        var tlp = request.View;
        var left = 4 * tlp.LengthDw;
        var address = tlp.Address;
        var header = new CompletionHeader(Agent, tlp.Requester, tlp.Tag);
        if (ReadStatus is { } status)
        {
            var refusal = header with { Status = status, ByteCount = left & 0xFFF };
            Send(d => TlpWriter.WriteCompletion(d, refusal), notBefore);
            return;
        }

        while (left > 0)
        {
            var payload = new byte[Math.Min(left, CompletionBytes)];
            for (var i = 0; i < payload.Length; i += 4)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(i), ReadMemory(address + (ulong)i));
            }

            var part = header with { ByteCount = left, LowerAddress = (int)(address & 0x7F) };
            Send(d => TlpWriter.WriteCompletionWithData(d, part, payload), notBefore);
            left -= payload.Length;
            address += (ulong)payload.Length;
        }
    }

    private void AnswerAtomic(EmittedTlp request, ulong notBefore)
    {
        var tlp = request.View;
        var old = ReadMemory(tlp.Address);
        var first = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
        if (tlp.Kind == TlpKind.FetchAdd)
        {
            _memory[tlp.Address] = old + first;
        }
        else if (old == first)
        {
            _memory[tlp.Address] = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload[4..]);
        }

        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, old);
        var header = new CompletionHeader(
            Agent, tlp.Requester, tlp.Tag, ByteCount: 4, LowerAddress: (int)(tlp.Address & 0x7F));
        Send(d => TlpWriter.WriteCompletionWithData(d, header, payload), notBefore);
    }

    private void Store(EmittedTlp write)
    {
        var tlp = write.View;
        for (var i = 0; i < tlp.Payload.Length; i += 4)
        {
            _memory[tlp.Address + (ulong)i] = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload[i..]);
        }
    }

    private TranslationEntry Translate(int function, ulong address, Pasid? pasid)
    {
        for (var shift = AtsRange.MinSizeShift; shift <= AtsRange.MaxSizeShift; shift++)
        {
            if (_table.TryGetValue((function, pasid, AtsRange.Around(address, shift).Base | (uint)shift), out var entry))
            {
                return entry;
            }
        }

        return new TranslationEntry(0xDEAD_0000); // no access; the address is poison
    }

    private static uint Dw(byte[] bytes, int index) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * index));
}
