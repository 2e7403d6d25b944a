using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>
/// Seeded traffic of all slots against mappings that change all the time, and one question: does the device touch a
/// page after it said that the translation is gone? Every translation of every state of the tables has a frame of its
/// own, so that each use tells which one it came from.
/// </summary>
/// <remarks>
/// Each seed leaves some features out altogether: large pages, PASIDs, long transfers, a slow transmit queue, long
/// delays. Invalidate Requests overtake answers that wait, as posted requests do.
/// </remarks>
public sealed class RandomTraffic
{
    private const int Regions = 6;
    private const int RegionShift = 21;
    private const int SpacingShift = 30; // an invalidation makes the device ask again within its 1 GiB
    private const ulong FirstVa = 0x7f00_0000_0000;
    private const ulong FirstFrame = 0x10_0000_0000;

    private readonly IDevice _device;
    private readonly SeededSequence _chance;
    private readonly byte[] _buffer = new byte[TlpFormat.MaxSizeWithDigestBytes];
    private readonly Region[] _regions = new Region[Regions];
    private readonly List<Grant> _grants = []; // grant i: the frame at FirstFrame + i * 2 MiB
    private readonly Dictionary<Grant, int> _numbers = [];
    private readonly Invalidation?[] _invalidations = new Invalidation?[16];
    private readonly PriorityQueue<byte[], ulong> _answers = new();
    private readonly bool _hasLargePages;
    private readonly bool _hasLongTransfers;
    private readonly bool _hasSlowTransmit;
    private readonly int _maxDelay;
    private uint _busy;

    public RandomTraffic(IDevice device, ulong seed)
    {
        _device = device;
        _chance = new SeededSequence(seed);
        _hasLargePages = Choose(3) != 0;
        _hasLongTransfers = Choose(3) != 0;
        _hasSlowTransmit = Choose(3) == 0;
        _maxDelay = Choose(2) == 0 ? 8 : 120;
        Pasid?[] pasids = Choose(3) == 0 ? [null] : [null, new Pasid(0), new Pasid(0x80001)];
        for (var i = 0; i < Regions; i++)
        {
            _regions[i] = new Region(FirstVa + ((ulong)i << SpacingShift), pasids[Choose(pasids.Length)]);
        }
    }

    /// <summary>Operations that ended.</summary>
    public int Operations { get; private set; }

    /// <summary>Invalidations that were completed.</summary>
    public int Completed { get; private set; }

    /// <summary>Translated requests that the device sent.</summary>
    public int Uses { get; private set; }

    /// <summary>The first use of a translation that was gone or never there; null when there was none.</summary>
    public string? StaleUse { get; private set; }

    /// <summary>Runs some rounds, or until the first stale use.</summary>
    public RandomTraffic Run(int rounds)
    {
        var host = new ExerciserHost(_device).Enable();
        host.WriteBar(0x010, ExerciserHost.NotifyAddress);
        host.WriteBar(0x00C, _hasSlowTransmit ? 24u : 0);
        for (var round = 0; round < rounds && StaleUse is null; round++)
        {
            for (var slot = 0; slot < 8; slot++)
            {
                if ((_busy >> slot & 1) == 0 && Choose(2) == 0)
                {
                    Start(host, slot);
                }
            }

            if (Choose(6) == 0)
            {
                Remap(_regions[Choose(Regions)]);
            }

            Advance(1 + (ulong)Choose(40));
        }

        for (var i = 0; i < 2000 && StaleUse is null && IsAnythingOut; i++)
        {
            Advance(50);
        }

        Assert.That(IsAnythingOut && StaleUse is null, Is.False, "every operation and every invalidation ends");
        return this;
    }

    private bool IsAnythingOut => _busy != 0 || Array.Exists(_invalidations, i => i is not null);

    private void Start(ExerciserHost host, int slot)
    {
        var region = _regions[Choose(Regions)];
        var length = _hasLongTransfers ? 4 * (1 + Choose(1024)) : 4 * (1 + Choose(32));
        host.Start(slot, new Operation(Choose(2) == 0, SomePage(region) + 4 * (ulong)Choose(1024), length)
        {
            Pasid = region.Pasid,
            TranslationsLog2 = Choose(3),
        });
        _busy |= 1u << slot;
    }

    /// <summary>The tables change first, then the device is told: one page, or the whole region.</summary>
    private void Remap(Region region)
    {
        var itag = Array.FindIndex(_invalidations, i => i is null);
        if (itag < 0)
        {
            return;
        }

        var range = Choose(3) == 0 ? AtsRange.Around(region.Va, RegionShift) : AtsRange.Page(SomePage(region));
        _invalidations[itag] = new Invalidation(region, region.State, range);
        region.State++;
        var isNamed = region.Pasid is not null && Choose(2) == 0;
        var request = new InvalidateRequest(
            ExerciserHost.Agent, ExerciserHost.Function, new ITag((byte)itag), range.ToInvalidatePayload());
        var options = TlpOptions.WithPasid(isNamed ? region.Pasid : null);
        _device.Send(_buffer.AsSpan(0, TlpWriter.WriteInvalidateRequest(_buffer, request, options)), 0);
    }

    private void Advance(ulong cycles)
    {
        var until = _device.Cycles + cycles;
        while (_device.Cycles < until && StaleUse is null)
        {
            var stop = until;
            while (_answers.TryPeek(out var answer, out var due))
            {
                if (due > _device.Cycles)
                {
                    stop = Math.Min(stop, due);
                    break;
                }

                _device.Send(answer, 0);
                _answers.Dequeue();
            }

            _device.Run(stop, 0);
            while (_device.TryReceive(out var bytes, out var cycle))
            {
                Assert.That(TlpView.TryRead(bytes, out var tlp, out var fault), Is.True, fault.Sentence);
                Take(tlp, cycle);
            }
        }
    }

    private void Take(TlpView tlp, ulong cycle)
    {
        switch (tlp.Kind)
        {
            case TlpKind.MemoryRead when tlp.IsTranslationRequest:
                Translate(tlp);
                break;
            case TlpKind.MemoryRead:
                Judge(tlp, cycle);
                AnswerRead(tlp);
                break;
            case TlpKind.MemoryWrite when tlp.AddressType == AddressType.Translated:
                Judge(tlp, cycle);
                break;
            case TlpKind.MemoryWrite:
                _busy &= ~(1u << (int)((tlp.Address - ExerciserHost.NotifyAddress) / 16));
                Operations++;
                break;
            case TlpKind.InvalidateCompletion:
                var itag = System.Numerics.BitOperations.TrailingZeroCount(tlp.ITagVector);
                var ended = _invalidations[itag] ?? throw new AssertionException($"ITag {itag} is not out");
                ended.Region.Ended.Add((ended.Range, ended.LastState));
                _invalidations[itag] = null;
                Completed++;
                break;
            default:
                throw new AssertionException($"unexpected: {TlpText.Line(tlp)}");
        }
    }

    /// <summary>
    /// Grants frames of the region's present state: in some states 2 MiB at once, in others page by page.
    /// </summary>
    private void Translate(TlpView tlp)
    {
        var payload = new byte[64];
        var region = RegionOf(tlp.Address);
        var shift = _hasLargePages && (region.State & 1) == 0 ? RegionShift : 12;
        var count = 0;
        for (var address = tlp.Address; count < tlp.LengthDw / 2 && address - region.Va < 1UL << RegionShift; count++)
        {
            var block = AtsRange.Around(address, shift);
            var frame = FrameOf(new Grant(region, region.State, block));
            var entry = TranslationEntry.From(new AtsRange(frame, shift), TranslationFlags.R | TranslationFlags.W);
            AtsPayload.Write(payload.AsSpan(8 * count), entry.Bits);
            address = block.Last + 1;
        }

        AnswerLater(tlp, payload.AsSpan(0, 8 * count), lowerAddress: 0);
    }

    private void AnswerRead(TlpView tlp) =>
        AnswerLater(tlp, new byte[4 * tlp.LengthDw], lowerAddress: (int)(tlp.Address & 0x7F));

    private void AnswerLater(TlpView tlp, ReadOnlySpan<byte> payload, int lowerAddress)
    {
        var header = new CompletionHeader(
            ExerciserHost.Agent, tlp.Requester, tlp.Tag, ByteCount: payload.Length, LowerAddress: lowerAddress);
        var size = TlpWriter.WriteCompletionWithData(_buffer, header, payload);
        _answers.Enqueue(_buffer[..size], _device.Cycles + (ulong)Choose(_maxDelay));
    }

    private void Judge(TlpView tlp, ulong cycle)
    {
        Uses++;
        var offset = tlp.Address - FirstFrame;
        var number = (int)(offset >> RegionShift);
        var grant = tlp.Address >= FirstFrame && number < _grants.Count ? _grants[number] : null;
        if (grant is null || !grant.Permits(offset & ((1UL << RegionShift) - 1)))
        {
            StaleUse ??= $"cycle {cycle}: {TlpText.Line(tlp)}";
        }
    }

    private ulong FrameOf(Grant grant)
    {
        if (!_numbers.TryGetValue(grant, out var number))
        {
            number = _grants.Count;
            _grants.Add(grant);
            _numbers.Add(grant, number);
        }

        return FirstFrame + ((ulong)number << RegionShift);
    }

    private Region RegionOf(ulong address) =>
        _regions[Math.Clamp((int)((long)(address - FirstVa) >> SpacingShift), 0, Regions - 1)];

    private ulong SomePage(Region region) => region.Va + (ulong)Choose(4) * (_hasLargePages ? 0x8_3000UL : 0x1000);

    private int Choose(int count) => _chance.Choose(count);

    /// <summary>2 MiB of one address space. State counts the changes of its tables.</summary>
    private sealed class Region(ulong va, Pasid? pasid)
    {
        public ulong Va { get; } = va;

        public Pasid? Pasid { get; } = pasid;

        public int State { get; set; }

        /// <summary>What the device said it does not use any more: up to which state, and which addresses.</summary>
        public List<(AtsRange Range, int LastState)> Ended { get; } = [];
    }

    /// <summary>A translation of one block in one state of the tables.</summary>
    private sealed record Grant(Region Region, int State, AtsRange Block)
    {
        public bool Permits(ulong offset)
        {
            var address = Block.Base + offset;
            return Block.Contains(address)
                && !Region.Ended.Exists(ended => State <= ended.LastState && ended.Range.Contains(address));
        }
    }

    private sealed record Invalidation(Region Region, int LastState, AtsRange Range);
}
