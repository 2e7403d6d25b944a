using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking.Tests;

/// <summary>A host and a scripted device: each call is one journal line that the checker judges.</summary>
internal sealed class CheckerScript : IClock
{
    public const uint Pasid = 5;
    public static readonly RequesterId Function = RequesterId.From(1, 0, 0);
    public static readonly RequesterId Agent = RequesterId.From(0, 1, 0);
    private readonly byte[] _tlp = new byte[4200];

    public CheckerScript(bool isEnabled = true, FunctionLayout? layout = null)
    {
        Journal = new EventJournal(this, capacityLog2: 12);
        Memory = new PhysicalMemory(16 << 20);
        Kernel = new Kernel(KernelProfile.Default, Memory, Journal);
        Pasids = new PasidTable(Journal);
        Checker = new Checker(Journal, layout ?? Layout, Memory, Pasids);
        Journal.Subscribe(Checker);
        if (isEnabled)
        {
            Configure(ConfigurationRegister.CommandStatus, 6, 3);
            Configure(PasidOffset + PasidCapability.CapabilityControl, PasidCapability.Enable, 0xC);
            Configure(AtsOffset + AtsCapability.CapabilityControl, AtsCapability.Enable, 0xC);
        }
    }

    public const int AtsOffset = 0x100;
    public const int PasidOffset = 0x110;

    public static FunctionLayout Layout { get; } = new()
    {
        Function = Function,
        Agent = Agent,
        AtsOffset = AtsOffset,
        PasidOffset = PasidOffset,
        InvalidateQueueDepth = 32,
        IsPageAligned = true,
        HasGlobalInvalidate = true,
        MaxPasidWidth = 16,
    };

    public ulong Now { get; private set; }

    public EventJournal Journal { get; }

    public PhysicalMemory Memory { get; }

    public Kernel Kernel { get; }

    public PasidTable Pasids { get; }

    public Checker Checker { get; }

    public IEnumerable<string> Broken => Checker.Violations.Select(violation => violation.Rule.Id).Distinct();

    public void Wait(ulong cycles) => Now += cycles;

    public void Configure(int register, uint value, byte enables)
    {
        var request = new ConfigurationRequest(Agent, 0, Function, register) { ByteEnable = enables };
        ToDevice(TlpWriter.WriteConfigurationWrite(_tlp, in request, value));
        var completion = new CompletionHeader(Function, Agent, 0);
        FromDevice(TlpWriter.WriteCompletion(_tlp, in completion));
    }

    // ---- translations ----

    public void Ask(ulong va, byte tag = 0, int count = 1, uint? pasid = Pasid, bool noWrite = false, RequesterId? requester = null)
    {
        var request = new TranslationRequest(requester ?? Function, tag, va, count, noWrite);
        FromDevice(TlpWriter.WriteTranslationRequest(_tlp, in request, Context(pasid)));
    }

    public void Answer(byte tag, bool isDelivered, params ReadOnlySpan<TranslationEntry> entries)
    {
        Span<byte> payload = stackalloc byte[entries.Length * 8];
        for (var i = 0; i < entries.Length; i++)
        {
            AtsPayload.Write(payload[(8 * i)..], entries[i].Bits);
        }

        var header = new CompletionHeader(Agent, Function, tag, ByteCount: payload.Length);
        var size = TlpWriter.WriteCompletionWithData(_tlp, in header, payload);
        ToDevice(size);
        if (isDelivered)
        {
            Deliver(_tlp.AsSpan(0, size).ToArray());
        }
    }

    public byte[] LastToDevice { get; private set; } = [];

    public void Deliver(byte[] tlp)
    {
        Wait(20);
        Journal.Append(JournalKind.TlpDelivered, tlp);
    }

    public void DeliverNow(byte[] tlp) => Journal.Append(JournalKind.TlpDelivered, tlp);

    /// <summary>Asks and is answered.</summary>
    public void Grant(ulong va, ulong pa, int shift = 12, string access = "rw", uint? pasid = Pasid, bool noWrite = false)
    {
        Ask(va, pasid: pasid, noWrite: noWrite);
        Answer(0, isDelivered: true, Entry(pa, shift, access));
        Wait(20);
    }

    public static TranslationEntry Entry(ulong pa, int shift = 12, string access = "rw")
    {
        var flags = (access.Contains('r') ? TranslationFlags.R : 0) | (access.Contains('w') ? TranslationFlags.W : 0)
            | (access.Contains('u') ? TranslationFlags.U : 0);
        return flags == 0 ? default : TranslationEntry.From(AtsRange.Around(pa, shift), flags);
    }

    // ---- traffic ----

    public void Read(ulong pa, byte tag = 9, int dws = 16, AddressType at = AddressType.Translated, uint? pasid = null)
    {
        var request = new MemoryRequest(Function, tag, pa, at);
        FromDevice(TlpWriter.WriteMemoryRead(_tlp, in request, dws, Context(pasid)));
    }

    public void Write(ulong pa, int dws = 1, AddressType at = AddressType.Translated, uint? pasid = null)
    {
        var request = new MemoryRequest(Function, 0, pa, at);
        FromDevice(TlpWriter.WriteMemoryWrite(_tlp, in request, new byte[dws * 4], Context(pasid)));
    }

    public void Data(byte tag, int dws = 16)
    {
        var header = new CompletionHeader(Agent, Function, tag, ByteCount: dws * 4);
        var size = TlpWriter.WriteCompletionWithData(_tlp, in header, new byte[dws * 4]);
        ToDevice(size);
        Deliver(_tlp.AsSpan(0, size).ToArray());
    }

    // ---- invalidations ----

    public void Invalidate(ulong va, int shift = 12, byte tag = 0, uint? pasid = Pasid, bool isGlobal = false, bool isDelivered = true)
    {
        var request = new InvalidateRequest(Agent, Function, new ITag(tag), new AtsRange(va, shift).ToInvalidatePayload(isGlobal));
        ToDevice(TlpWriter.WriteInvalidateRequest(_tlp, in request, Context(pasid)));
        if (isDelivered)
        {
            Deliver(LastToDevice);
        }
    }

    public void Complete(uint vector = 1, int count = 1, RequesterId? from = null, RequesterId? to = null, TlpAttributes attributes = 0)
    {
        var completion = new InvalidateCompletion(from ?? Function, to ?? Agent, vector, count);
        var options = new TlpOptions { Attributes = attributes };
        FromDevice(TlpWriter.WriteInvalidateCompletion(_tlp, in completion, in options));
        Wait(20);
    }

    public void InvalidateAndComplete(ulong va, int shift = 12, uint? pasid = Pasid, bool isGlobal = false)
    {
        Invalidate(va, shift, pasid: pasid, isGlobal: isGlobal);
        Complete();
    }

    public void TimeOut(uint tags)
    {
        var record = new QuarantineRecord(tags, Now);
        Journal.Append(JournalKind.Quarantine, in record);
    }

    // ---- operations of the exerciser ----

    public void Start(ulong va, bool isWrite = false, int bytes = 64, byte slot = 0, uint pasid = Pasid, uint seed = 0)
    {
        var record = new CommandRecord(va, bytes, pasid, seed, slot, 1, isWrite, IsUntranslated: false);
        Journal.Append(JournalKind.CommandStarted, in record);
        Wait(10);
    }

    public void Finish(ulong data = 0, uint digest = 0, byte slot = 0, byte error = 0)
    {
        var record = new CommandResultRecord(data, digest, 16, slot, 1, error);
        Journal.Append(JournalKind.CommandFinished, in record);
    }

    /// <summary>A process whose page holds eight known bytes at its start.</summary>
    public AddressSpace Process(uint? pasid, ulong va, ulong content)
    {
        var space = Kernel.CreateAddressSpace();
        Pasids.Bind(pasid is { } value ? new HilBench.Pcie.Pasid(value) : null, space);
        space.Mmap(4096, Protection.ReadWrite, MapFlags.Fixed, new VirtualAddress(va)).RunToEnd();
        Store(space, va, content);
        return space;
    }

    public static void Store(AddressSpace space, ulong va, ulong content)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, content);
        space.Write(new VirtualAddress(va), bytes).RunToEnd();
    }

    public void Raw(string hex)
    {
        Assert.That(HexText.TryParse(hex, out var bytes, out _), Is.True);
        Journal.Append(JournalKind.TlpFromDevice, bytes);
    }

    private static TlpOptions Context(uint? pasid) => TlpOptions.WithPasid(pasid is { } value ? new HilBench.Pcie.Pasid(value) : null);

    private void FromDevice(int size)
    {
        Wait(1);
        Journal.Append(JournalKind.TlpFromDevice, _tlp.AsSpan(0, size));
    }

    private void ToDevice(int size)
    {
        Wait(1);
        LastToDevice = _tlp.AsSpan(0, size).ToArray();
        Journal.Append(JournalKind.TlpToDevice, LastToDevice);
    }
}
