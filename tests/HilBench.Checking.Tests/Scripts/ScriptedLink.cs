using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking.Tests;

/// <summary>
/// A link on which a test plays both ends, TLP by TLP, in front of a checker. The function is laid out as in
/// docs/exerciser.md; ATS, PASID and Bus Master are on. Every event takes <see cref="Step"/> cycles.
/// </summary>
internal sealed class ScriptedLink
{
    public const TranslationFlags ReadWrite = TranslationFlags.R | TranslationFlags.W;
    private const int TlpBytesMax = 4 + 16 + 4096;
    private const byte ConfigurationTag = 0xF0;
    private readonly SettableClock _clock = new();
    private readonly byte[] _buffer = new byte[TlpBytesMax];
    private readonly byte[] _payload = new byte[4096];
    private readonly byte[][] _answers = new byte[256][];
    private readonly int[] _answerLengths = new int[256];

    public ScriptedLink(Func<FunctionLayout, FunctionLayout>? change = null)
    {
        Layout = change is null ? Exerciser : change(Exerciser);
        Journal = new EventJournal(_clock, capacityLog2: 12);
        Pasids = new PasidTable(Journal) { Function = Layout.Function };
        Kernel = new Kernel(KernelProfile.Default, new PhysicalMemory(8 << 20), Journal);
        Checker = new Checker(Journal, Layout, Kernel.Memory, Pasids);
        Journal.Subscribe(Checker);
        for (var tag = 0; tag < _answers.Length; tag++)
        {
            _answers[tag] = new byte[12 + 128];
        }

        SetBusMaster(isOn: true);
        SetPasid(isOn: true);
        Serve(isServed: true);
        SetAts(isOn: true);
    }

    /// <summary>The reference device (docs/exerciser.md); the agent is not 0, so that a Destination ID of 0 is wrong.</summary>
    public static FunctionLayout Exerciser { get; } = new()
    {
        Function = RequesterId.From(bus: 1, device: 0, function: 0),
        Agent = RequesterId.From(bus: 0, device: 1, function: 0),
        AtsOffset = 0x100,
        PasidOffset = 0x110,
        InvalidateQueueDepth = 32,
        IsPageAligned = true,
        HasGlobalInvalidate = true,
        MaxPasidWidth = 20,
        PageRequestOffset = 0x120,
        ExpressOffset = 0x40,
        PowerOffset = 0x80,
        HasExecute = true,
        HasPrivileged = true,
        HasFunctionLevelReset = true,
        IsPasidInResponses = true,
        PageRequestCapacity = 32,
    };

    public FunctionLayout Layout { get; }

    public EventJournal Journal { get; }

    public Checker Checker { get; }

    public Kernel Kernel { get; }

    public PasidTable Pasids { get; }

    /// <summary>Cycles between two events.</summary>
    public ulong Step { get; set; } = 10;

    public ulong Now => _clock.Now;

    public IReadOnlyList<string> BrokenRules => [.. Checker.Violations.Select(violation => violation.Rule.Id)];

    public void FromDevice(ReadOnlySpan<byte> tlp) => Append(JournalKind.TlpFromDevice, tlp);

    public void ToDevice(ReadOnlySpan<byte> tlp) => Append(JournalKind.TlpToDevice, tlp);

    public void Delivered(ReadOnlySpan<byte> tlp) => Append(JournalKind.TlpDelivered, tlp);

    /// <summary>A TLP of the host, as DWs in wire order, which then reaches the device.</summary>
    public void FromHost(params ReadOnlySpan<uint> dws)
    {
        var tlp = _buffer.AsSpan(0, 4 * dws.Length);
        for (var i = 0; i < dws.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(tlp[(4 * i)..], dws[i]);
        }

        ToDevice(tlp);
        Delivered(tlp);
    }

    /// <summary>The host reads a configuration register, and the device completes it.</summary>
    public void ReadRegister(int register, uint value)
    {
        FromHost([0x04000001u, ((uint)Layout.Agent.Value << 16) | 0xF10Fu, ((uint)Layout.Function.Value << 16) | (uint)register]);
        FromDevice([
            0x4A000001u, ((uint)Layout.Function.Value << 16) | 4, ((uint)Layout.Agent.Value << 16) | 0xF100u,
            BinaryPrimitives.ReverseEndianness(value)]);
    }

    /// <summary>The host writes a configuration register.</summary>
    public void WriteRegister(int register, uint value, byte byteEnable = 0xF) => Configure(register, value, byteEnable);

    /// <summary>Starts an operation that executes, or works in privileged mode.</summary>
    public void StartAs(byte slot, ulong va, int lengthBytes, uint pasid, bool isExecute = false, bool isPrivileged = false) =>
        Append(JournalKind.CommandStarted, new CommandRecord(
            va, lengthBytes, pasid, 0, slot, Label: slot, IsWrite: false, IsUntranslated: false)
        {
            IsExecute = isExecute,
            IsPrivileged = isPrivileged,
        });

    /// <summary>A TLP of the device, as DWs in wire order.</summary>
    public void FromDevice(params ReadOnlySpan<uint> dws)
    {
        for (var i = 0; i < dws.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(4 * i), dws[i]);
        }

        FromDevice(_buffer.AsSpan(0, 4 * dws.Length));
    }

    public void SetBusMaster(bool isOn, bool isCompleted = true) =>
        Configure(ConfigurationRegister.CommandStatus, isOn ? ConfigurationRegister.BusMasterEnable : 0, 0x3, isCompleted);

    public void SetPasid(bool isOn) =>
        Configure(Layout.PasidOffset + PasidCapability.CapabilityControl, isOn ? PasidCapability.Enable : 0, 0xC);

    public void SetAts(bool isOn, int stu = 0, bool isCompleted = true) => Configure(
        Layout.AtsOffset + AtsCapability.CapabilityControl,
        (isOn ? AtsCapability.Enable : 0) | ((uint)stu << AtsCapability.StuShift), 0xC, isCompleted);

    /// <summary>The agent begins or ends to serve the function.</summary>
    public void Serve(bool isServed) => Append(JournalKind.AgentService, new AgentServiceRecord(Layout.Function.Value, isServed));

    /// <summary>Clears or sets Enable of the Page Request Interface, after the allocation.</summary>
    public void SetPageRequests(bool isOn, uint allocation = 32, bool isReset = false)
    {
        Configure(Layout.PageRequestOffset + PageRequestCapability.Allocation, allocation, 0xF);
        Configure(
            Layout.PageRequestOffset + PageRequestCapability.ControlStatus,
            (isOn ? PageRequestCapability.Enable : 0) | (isReset ? PageRequestCapability.Reset : 0), 0x3);
    }

    /// <summary>The host reads the status of the Page Request Interface, and this is what it gets.</summary>
    public void ReadPageStatus(uint status)
    {
        var request = new ConfigurationRequest(
            Layout.Agent, ConfigurationTag, Layout.Function, Layout.PageRequestOffset + PageRequestCapability.ControlStatus);
        ToDevice(_buffer.AsSpan(0, TlpWriter.WriteConfigurationRead(_buffer, request)));
        BinaryPrimitives.WriteUInt32LittleEndian(_payload, status);
        var header = new CompletionHeader(Layout.Function, Layout.Agent, ConfigurationTag, ByteCount: 4);
        FromDevice(_buffer.AsSpan(0, TlpWriter.WriteCompletionWithData(_buffer, header, _payload.AsSpan(0, 4))));
    }

    /// <summary>The device sends a Page Request.</summary>
    public void AskForPage(
        ulong va, int index = 0, bool isLast = true, uint? pasid = null, bool wantsWrite = false, bool wantsRead = true,
        PasidPrefix? prefix = null)
    {
        var request = new PageRequest(Layout.Function, va, index, isLast, wantsWrite, wantsRead);
        FromDevice(_buffer.AsSpan(0, TlpWriter.WritePageRequest(_buffer, request, Options(pasid, prefix))));
    }

    /// <summary>The device sends a Stop Marker.</summary>
    public void Mark(uint pasid) => AskForPage(0, pasid: pasid, wantsRead: false);

    /// <summary>The host sends a PRG Response, and it reaches the device.</summary>
    public void AnswerPage(int index = 0, PrgResponseCode code = PrgResponseCode.Success, uint? pasid = null)
    {
        var response = new PrgResponse(Layout.Agent, Layout.Function, index, code);
        var length = TlpWriter.WritePrgResponse(_buffer, response, Options(pasid, null));
        ToDevice(_buffer.AsSpan(0, length));
        Delivered(_buffer.AsSpan(0, length));
    }

    /// <summary>Nothing happens for some cycles.</summary>
    public void Pass(ulong cycles) => _clock.Now += cycles;

    /// <summary>A function-level reset.</summary>
    public void ResetFunction(bool isCompleted = true) => Configure(
        Layout.ExpressOffset + PciExpressCapability.DeviceControl, PciExpressCapability.InitiateFunctionLevelReset, 0x3, isCompleted);

    /// <summary>Puts the function into D3hot or back.</summary>
    public void SetPower(uint state) => Configure(Layout.PowerOffset + PowerManagementCapability.ControlStatus, state, 0x1);

    /// <summary>The host gives the device another bus number.</summary>
    public void Renumber(RequesterId id)
    {
        var request = new ConfigurationRequest(Layout.Agent, ConfigurationTag, id, ConfigurationRegister.CommandStatus) { ByteEnable = 0x3 };
        ToDevice(_buffer.AsSpan(0, TlpWriter.WriteConfigurationWrite(
            _buffer, request, ConfigurationRegister.MemorySpaceEnable | ConfigurationRegister.BusMasterEnable)));
        CompleteConfiguration();
    }

    /// <summary>A record of the kernel or the agent.</summary>
    public void Record<T>(JournalKind kind, in T record)
        where T : unmanaged => Append(kind, in record);

    /// <summary>The device sends a Translation Request.</summary>
    public void Ask(
        ulong va, byte tag = 0, int translations = 1, uint? pasid = null, bool noWrite = false, PasidPrefix? prefix = null,
        RequesterId? requester = null)
    {
        var request = new TranslationRequest(requester ?? Layout.Function, tag, va, translations, noWrite);
        FromDevice(_buffer.AsSpan(0, TlpWriter.WriteTranslationRequest(_buffer, request, Options(pasid, prefix))));
    }

    /// <summary>The agent sends a Translation Completion, which is then on its way.</summary>
    public void Answer(byte tag, params ReadOnlySpan<TranslationEntry> entries)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            AtsPayload.Write(_payload.AsSpan(8 * i), entries[i].Bits);
        }

        AnswerWith(tag, 8 * entries.Length);
    }

    /// <summary>As <see cref="Answer"/> with one entry, poisoned (EP).</summary>
    public void AnswerPoisoned(byte tag, TranslationEntry entry)
    {
        AtsPayload.Write(_payload, entry.Bits);
        AnswerWith(tag, 8, new TlpOptions { IsPoisoned = true });
    }

    /// <summary>The agent answers Unsupported Request.</summary>
    public void AnswerUnsupported(byte tag)
    {
        var header = new CompletionHeader(Layout.Agent, Layout.Function, tag, CompletionStatus.UnsupportedRequest);
        _answerLengths[tag] = TlpWriter.WriteCompletion(_answers[tag], header);
        ToDevice(_answers[tag].AsSpan(0, _answerLengths[tag]));
    }

    /// <summary>The completion that was sent last for this tag reaches the device.</summary>
    public void Deliver(byte tag) => Delivered(_answers[tag].AsSpan(0, _answerLengths[tag]));

    /// <summary>A translation, asked for, answered and delivered.</summary>
    public void Grant(
        ulong va, ulong pa, int shift = 12, TranslationFlags flags = ReadWrite, uint? pasid = null, byte tag = 0,
        bool noWrite = false)
    {
        Ask(va, tag, pasid: pasid, noWrite: noWrite);
        Answer(tag, Entry(pa, shift, flags));
        Deliver(tag);
    }

    /// <summary>The device sends a memory read of <paramref name="lengthDw"/> DWs.</summary>
    public void Read(
        ulong address, int lengthDw = 1, byte tag = 8, AddressType type = AddressType.Translated, uint? pasid = null,
        int trafficClass = 0)
    {
        var request = new MemoryRequest(Layout.Function, tag, address, type);
        FromDevice(_buffer.AsSpan(0, TlpWriter.WriteMemoryRead(_buffer, request, lengthDw, Options(pasid, null, trafficClass))));
    }

    /// <summary>The host answers a read of the device, and the data reaches it; these and <paramref name="dwsToCome"/> were missing.</summary>
    public void AnswerRead(byte tag = 8, int lengthDw = 1, int? dwsToCome = null)
    {
        var bytes = lengthDw * 4;
        var header = new CompletionHeader(Layout.Agent, Layout.Function, tag, ByteCount: 4 * (dwsToCome ?? lengthDw));
        var length = TlpWriter.WriteCompletionWithData(_buffer, header, _payload.AsSpan(0, bytes));
        ToDevice(_buffer.AsSpan(0, length));
        Delivered(_buffer.AsSpan(0, length));
    }

    /// <summary>The device sends a memory write of DWs first, first + 1, ...</summary>
    public void Write(
        ulong address, int lengthDw = 1, uint first = 0, AddressType type = AddressType.Translated, uint? pasid = null,
        int trafficClass = 0)
    {
        for (var i = 0; i < lengthDw; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_payload.AsSpan(4 * i), first + (uint)i);
        }

        var request = new MemoryRequest(Layout.Function, 0, address, type);
        var options = Options(pasid, null, trafficClass);
        FromDevice(_buffer.AsSpan(0, TlpWriter.WriteMemoryWrite(_buffer, request, _payload.AsSpan(0, lengthDw * 4), options)));
    }

    /// <summary>The host sends an Invalidate Request; without <paramref name="isDelivered"/> it is then on its way.</summary>
    public void Invalidate(
        byte itag, ulong va, int shift = 12, uint? pasid = null, bool isGlobal = false, bool isDelivered = true,
        ulong reservedBits = 0)
    {
        var payload = AtsRange.Around(va, shift).ToInvalidatePayload(isGlobal) | reservedBits;
        var request = new InvalidateRequest(Layout.Agent, Layout.Function, new ITag(itag), payload);
        var length = TlpWriter.WriteInvalidateRequest(_buffer, request, Options(pasid, null));
        ToDevice(_buffer.AsSpan(0, length));
        if (isDelivered)
        {
            Delivered(_buffer.AsSpan(0, length));
        }
    }

    /// <summary>An Invalidate Request that is on its way reaches the device.</summary>
    public void DeliverInvalidation(byte itag, ulong va = 0)
    {
        var payload = AtsRange.Page(va).ToInvalidatePayload();
        var request = new InvalidateRequest(Layout.Agent, Layout.Function, new ITag(itag), payload);
        Delivered(_buffer.AsSpan(0, TlpWriter.WriteInvalidateRequest(_buffer, request)));
    }

    /// <summary>The device sends an Invalidate Completion.</summary>
    public void Complete(
        uint vector, int count = 1, RequesterId? requester = null, RequesterId? destination = null,
        TlpAttributes attributes = TlpAttributes.None, int trafficClass = 0)
    {
        var completion = new InvalidateCompletion(requester ?? Layout.Function, destination ?? Layout.Agent, vector, count);
        var options = new TlpOptions { Attributes = attributes, TrafficClass = trafficClass };
        FromDevice(_buffer.AsSpan(0, TlpWriter.WriteInvalidateCompletion(_buffer, completion, options)));
    }

    /// <summary>Invalidate Request and Invalidate Completion.</summary>
    public void InvalidateAndComplete(
        ulong va, int shift = 12, uint? pasid = null, bool isGlobal = false, byte itag = 0)
    {
        Invalidate(itag, va, shift, pasid, isGlobal);
        Complete(1u << itag);
    }

    /// <summary>The agent's deadline passes for these ITags.</summary>
    public void TimeOut(uint itags) => Append(JournalKind.Quarantine, new QuarantineRecord(itags, Now, Layout.Function.Value));

    public void Reset() => Append(JournalKind.DeviceReset, []);

    public void Start(
        byte slot, ulong va, int lengthBytes = 4, bool isWrite = false, uint? pasid = null, uint seed = 0,
        bool isUntranslated = false) =>
        Append(JournalKind.CommandStarted, new CommandRecord(
            va, lengthBytes, pasid ?? HilBench.Checking.Grant.NoPasid, seed, slot, Label: slot, isWrite, isUntranslated));

    public void Finish(byte slot, ulong data = 0, uint? digest = null, int lengthDw = 1, byte error = 0) =>
        Append(JournalKind.CommandFinished, new CommandResultRecord(
            data, digest ?? (uint)data + (uint)(data >> 32), lengthDw, slot, Label: slot, error));

    public static TranslationEntry Entry(ulong pa, int shift = 12, TranslationFlags flags = ReadWrite) =>
        TranslationEntry.From(AtsRange.Around(pa, shift), flags);

    public static TranslationEntry NoAccess { get; } = new(0);

    private void AnswerWith(byte tag, int bytes, in TlpOptions options = default)
    {
        var header = new CompletionHeader(Layout.Agent, Layout.Function, tag, ByteCount: bytes);
        _answerLengths[tag] = TlpWriter.WriteCompletionWithData(_answers[tag], header, _payload.AsSpan(0, bytes), options);
        ToDevice(_answers[tag].AsSpan(0, _answerLengths[tag]));
    }

    private void Configure(int register, uint value, byte byteEnable, bool isCompleted = true)
    {
        var request = new ConfigurationRequest(Layout.Agent, ConfigurationTag, Layout.Function, register) { ByteEnable = byteEnable };
        ToDevice(_buffer.AsSpan(0, TlpWriter.WriteConfigurationWrite(_buffer, request, value)));
        if (isCompleted)
        {
            CompleteConfiguration();
        }
    }

    /// <summary>The device completes the last configuration write.</summary>
    public void CompleteConfiguration()
    {
        var header = new CompletionHeader(Layout.Function, Layout.Agent, ConfigurationTag, ByteCount: 4);
        FromDevice(_buffer.AsSpan(0, TlpWriter.WriteCompletion(_buffer, header)));
    }

    private static TlpOptions Options(uint? pasid, PasidPrefix? prefix, int trafficClass = 0) => new()
    {
        Prefix = prefix ?? (pasid is { } value ? new PasidPrefix(new Pasid(value)) : null),
        TrafficClass = trafficClass,
    };

    private void Append<T>(JournalKind kind, in T record)
        where T : unmanaged
    {
        _clock.Now += Step;
        Journal.Append(kind, in record);
    }

    private void Append(JournalKind kind, ReadOnlySpan<byte> payload)
    {
        _clock.Now += Step;
        Journal.Append(kind, payload);
    }
}
