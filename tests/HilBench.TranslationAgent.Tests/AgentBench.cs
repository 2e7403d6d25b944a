using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.TranslationAgent.Tests;

/// <summary>A host without a wire: a real kernel, the agent, and a list where the device would be.</summary>
internal sealed class AgentBench
{
    public static readonly RequesterId Agent = RequesterId.From(0, 1, 0);
    public static readonly RequesterId Function = RequesterId.From(1, 0, 0);

    public AgentBench(KernelProfile? profile = null, ulong memoryBytes = 64 << 20)
    {
        Journal = new EventJournal(Clock);
        Memory = new PhysicalMemory(memoryBytes);
        Kernel = new Kernel(profile ?? KernelProfile.Default, Memory, Journal);
        Pasids = new PasidTable(Journal) { Function = Function };
        Queue = new InvalidationQueue(Port, Agent, Journal) { Function = Function };
        Root = new RootPort(Port, Memory, Pasids, Queue, Agent, Journal) { Function = Function, IsAtsEnabled = true };
    }

    public StillClock Clock { get; } = new();

    public RecordingPort Port { get; } = new();

    public EventJournal Journal { get; }

    public PhysicalMemory Memory { get; }

    public Kernel Kernel { get; }

    public PasidTable Pasids { get; }

    public InvalidationQueue Queue { get; }

    public RootPort Root { get; }

    /// <summary>Maps memory and touches all of it for writing.</summary>
    public static VirtualRange MapTouched(AddressSpace space, ulong size, ulong at, PageSizeHint pages = PageSizeHint.Base)
    {
        var map = space.Mmap(size, Protection.ReadWrite, MapFlags.Fixed, new VirtualAddress(at), pages).RunToEnd();
        Assert.That(map.Errno, Is.Zero);
        var touch = space.Touch(map.Range, forWrite: true).RunToEnd();
        Assert.That(touch.Signal, Is.EqualTo(Signal.None));
        return map.Range;
    }

    /// <summary>Where the page tables put an address.</summary>
    public static ulong PhysicalOf(AddressSpace space, ulong address)
    {
        Assert.That(space.Tables.TryWalk(new VirtualAddress(address), out var walk), Is.True);
        return walk.Translate(new VirtualAddress(address)).Value;
    }

    /// <summary>Lets the device send a memory read.</summary>
    public void DeviceReads(
        ulong address, int lengthDw, AddressType type = AddressType.Translated, byte tag = 8, Pasid? pasid = null,
        byte? firstByteEnable = null, byte? lastByteEnable = null)
    {
        var tlp = new byte[64];
        var request = new MemoryRequest(Function, tag, address, type) { FirstByteEnable = firstByteEnable, LastByteEnable = lastByteEnable };
        var size = TlpWriter.WriteMemoryRead(tlp, in request, lengthDw, TlpOptions.WithPasid(pasid));
        Root.Receive(tlp.AsSpan(0, size));
    }

    /// <summary>Lets the device send a memory write.</summary>
    public void DeviceWrites(
        ulong address, byte[] data, AddressType type = AddressType.Translated, Pasid? pasid = null,
        byte? firstByteEnable = null, byte? lastByteEnable = null)
    {
        var tlp = new byte[4200];
        var request = new MemoryRequest(Function, 0, address, type) { FirstByteEnable = firstByteEnable, LastByteEnable = lastByteEnable };
        var size = TlpWriter.WriteMemoryWrite(tlp, in request, data, TlpOptions.WithPasid(pasid));
        Root.Receive(tlp.AsSpan(0, size));
    }

    /// <summary>Lets the device send a Translation Request.</summary>
    public void DeviceTranslates(ulong address, int translations = 1, Pasid? pasid = null, bool isNoWrite = false)
    {
        var tlp = new byte[64];
        var request = new TranslationRequest(Function, 3, address, translations, isNoWrite);
        var size = TlpWriter.WriteTranslationRequest(tlp, in request, TlpOptions.WithPasid(pasid));
        Root.Receive(tlp.AsSpan(0, size));
    }

    /// <summary>Lets the device complete invalidations.</summary>
    public void DeviceCompletes(uint vector, int count = 1, RequesterId? requester = null)
    {
        var tlp = new byte[64];
        var completion = new InvalidateCompletion(requester ?? Function, Agent, vector, count);
        Root.Receive(tlp.AsSpan(0, TlpWriter.WriteInvalidateCompletion(tlp, in completion)));
    }

    /// <summary>The last TLP for the device.</summary>
    public TlpView Answer(out DownstreamClass order)
    {
        var (bytes, sentAs) = Port.Sent[^1];
        Assert.That(TlpView.TryRead(bytes, out var tlp, out _), Is.True);
        order = sentAs;
        return tlp;
    }

    /// <summary>The entries of the last TLP for the device, a Translation Completion.</summary>
    public List<TranslationEntry> Entries()
    {
        var tlp = Answer(out var order);
        Assert.That(order, Is.EqualTo(DownstreamClass.TranslationCompletion));
        Assert.That(tlp.Status, Is.EqualTo(CompletionStatus.SuccessfulCompletion));
        Assert.That(tlp.ByteCount, Is.EqualTo(tlp.Payload.Length));
        var entries = new List<TranslationEntry>();
        for (var i = 0; i < tlp.Payload.Length; i += TranslationEntry.SizeBytes)
        {
            Assert.That(AtsPayload.TryRead(tlp.Payload[i..], out var bits), Is.True);
            entries.Add(new TranslationEntry(bits));
        }

        return entries;
    }
}
