using System.Buffers.Binary;
using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// The eight slots, from COMMAND to completion record. Source: docs/exerciser.md, "How an operation runs".
/// </summary>
/// <remarks>
/// <code>
///   COMMAND ─2▶ Lookup ─hit 2▶ IssueMemory ─▶ Lookup ... ─▶ AwaitReads ─▶ Finish
///                  └─miss 2▶ IssueTranslation ─▶ (host) ─2▶ store, one entry a cycle ─1▶ Lookup
/// </code>
/// Numbers are cycles. One slot looks up in a cycle, in turn.
/// </remarks>
internal sealed class DmaEngine
{
    public const int Slots = 8;
    public const int MaxLengthBytes = 4096;

    private const int ReadsPerSlot = 3;
    private const ulong StartCycles = 2;
    private const ulong LookupCycles = 2;
    private const ulong PageOffset = 0xFFF;

    private readonly ModelFault _fault;
    private readonly ConfigurationSpace _configuration;
    private readonly TranslationCache _cache;
    private readonly TransmitQueue _transmit;
    private readonly DmaSlot[] _slots = new DmaSlot[Slots];
    private readonly SlotSchedule _schedule = new();
    private readonly OutstandingRead[] _reads = new OutstandingRead[Slots * ReadsPerSlot];
    private readonly TranslationStore _store;
    private readonly byte[] _payload = new byte[256];
    private int _lastLookup;

    public DmaEngine(
        ModelFault fault, ConfigurationSpace configuration, TranslationCache cache, TransmitQueue transmit)
    {
        _fault = fault;
        _configuration = configuration;
        _cache = cache;
        _transmit = transmit;
        _store = new TranslationStore(fault, cache);
        for (var i = 0; i < Slots; i++)
        {
            _slots[i] = new DmaSlot(i, _schedule);
        }
    }

    /// <summary>Bit i: slot i is busy.</summary>
    public uint Busy => _schedule.Busy;

    /// <summary>Lookups that hit.</summary>
    public uint Hits { get; private set; }

    /// <summary>Lookups that missed.</summary>
    public uint Misses { get; private set; }

    /// <summary>Where completion records go; 0: nowhere.</summary>
    public uint Notify { get; set; }

    /// <summary>Bit i: the invalidation in progress waits for the data of read i.</summary>
    public uint DrainReads { get; private set; }

    /// <summary>Bit i: it waits for slot i to put its memory request into the transmit queue.</summary>
    public uint DrainSlots { get; private set; }

    public DmaSlot Slot(int index) => _slots[index];

    public void Reset()
    {
        _schedule.Clear();
        foreach (var slot in _slots)
        {
            slot.Reset();
        }

        Array.Clear(_reads);
        _store.Clear();
        _lastLookup = 0;
        Hits = Misses = Notify = DrainReads = DrainSlots = 0;
    }

    /// <summary>The next cycle in which something happens without anything from outside.</summary>
    public ulong NextCycle() => Math.Min(_store.NextCycle, _schedule.NextCycle(_transmit.HasRoom));

    /// <summary>A write to COMMAND. Ignored when the slot is busy.</summary>
    public void Start(int index, uint command, ulong now)
    {
        var slot = _slots[index];
        if (slot.IsBusy)
        {
            return;
        }

        slot.ClearProgress();
        slot.Address = slot.AddressRegister;
        slot.Context = Context.FromRegister(slot.ContextRegister);
        slot.LengthBytes = (int)Math.Min(slot.LengthRegister, int.MaxValue);
        slot.Seed = slot.SeedRegister;
        slot.IsWrite = (command & 3) == 2;
        slot.IsNoWrite = (command & 4) != 0;
        slot.IsUntranslated = (command & 8) != 0;
        slot.Translations = 1 << (int)(command >> 4 & 7);
        slot.Label = (byte)(command >> 8);
        slot.Go(SlotPhase.Lookup, now + StartCycles);

        var isLengthGood = slot.LengthBytes is >= 4 and <= MaxLengthBytes && (slot.LengthBytes & 3) == 0;
        var isAddressGood = slot.Address <= ulong.MaxValue - (ulong)slot.LengthBytes;
        var isOperationGood = (command & 3) is 1 or 2 && slot.Translations <= DmaSlot.MaxTranslations;
        if (!isLengthGood || !isAddressGood || !isOperationGood)
        {
            slot.Fail(DmaError.BadCommand, now);
        }
    }

    /// <summary>Goes on to <paramref name="now"/>.</summary>
    /// <param name="now">This cycle.</param>
    /// <param name="isCacheTaken">An invalidation has the cache in this cycle: no lookup, no store.</param>
    public void Step(ulong now, bool isCacheTaken)
    {
        if (!isCacheTaken && _store.NextCycle <= now)
        {
            _store.Step(now)?.EndTranslation(now);
        }

        for (var left = _schedule.Ready(_schedule.Issues, now); left != 0 && _transmit.HasRoom; left &= left - 1)
        {
            var index = BitOperations.TrailingZeroCount(left);
            Issue(_slots[index], index, now);
        }

        var lookups = _schedule.Ready(_schedule.Lookups, now);
        if (lookups != 0)
        {
            LookUpOne(lookups, now, isCacheTaken);
        }
    }

    /// <summary>Marks requests in flight and finds out what an invalidation has to wait for.</summary>
    public void Invalidate(in Invalidation request, ulong now)
    {
        DrainReads = DrainSlots = 0;
        for (var i = 0; i < Slots; i++)
        {
            var slot = _slots[i];
            if (slot.IsAsking && _fault is not (ModelFault.M01 or ModelFault.M18) && IsInFlightFor(slot, request))
            {
                slot.IsKilled = true;
                slot.KilledAt = now;
            }

            if (slot.Phase == SlotPhase.IssueMemory && !slot.IsUntranslated
                && request.Covers(slot.UsedRange, slot.Context))
            {
                DrainSlots |= 1u << i;
            }
        }

        for (var i = 0; i < _reads.Length && _fault != ModelFault.M31; i++)
        {
            ref readonly var read = ref _reads[i];
            if (read.RemainingBytes > 0 && read.IsTranslated && request.Covers(read.UsedRange, read.Context))
            {
                DrainReads |= 1u << i;
            }
        }
    }

    /// <summary>ATS was switched: no translation from before, stored or on its way, is used any more.</summary>
    public void ForgetTranslations(ulong now)
    {
        _cache.Drop();
        foreach (var slot in _slots)
        {
            slot.KeptPage = ulong.MaxValue;
            if (slot.IsAsking)
            {
                slot.IsKilled = true;
                slot.KilledAt = 0;
            }

            if (slot.Phase == SlotPhase.IssueMemory && !slot.IsUntranslated)
            {
                slot.Go(SlotPhase.Lookup, now + 1);
            }
        }

        DrainSlots = 0;
    }

    /// <summary>A completion for this function. Those of no outstanding request are dropped.</summary>
    public void TakeCompletion(TlpView tlp, ulong now)
    {
        if (tlp.Tag < Slots)
        {
            _store.TakeAnswer(_slots[tlp.Tag], tlp, now);
        }
        else if (tlp.Tag - Slots < _reads.Length)
        {
            TakeData(tlp, tlp.Tag - Slots, now);
        }
    }

    private static bool IsInFlightFor(DmaSlot slot, in Invalidation request)
    {
        // Entry k of the answer belongs to the k-th block from the asked page; a block has up to 1 GiB.
        const ulong block = 1UL << TranslationCache.MaxSizeShift;
        var first = slot.AskedAddress & ~(block - 1);
        var size = (ulong)slot.Translations * block;
        var last = first > ulong.MaxValue - size ? ulong.MaxValue : first + size - 1;
        return request.Concerns(slot.Context) && request.Range.Base <= last && first <= request.Range.Last;
    }

    /// <summary>One of the slots that want to gets the cache, the next one in turn; the others wait a cycle.</summary>
    private void LookUpOne(uint wanting, ulong now, bool isCacheTaken)
    {
        for (var left = wanting; left != 0; left &= left - 1)
        {
            _schedule.Delay(BitOperations.TrailingZeroCount(left), now + 1);
        }

        if (!isCacheTaken)
        {
            var later = wanting & (uint.MaxValue << (_lastLookup + 1));
            _lastLookup = BitOperations.TrailingZeroCount(later != 0 ? later : wanting);
            LookUp(_slots[_lastLookup], _lastLookup, now);
        }
    }

    private void LookUp(DmaSlot slot, int index, ulong now)
    {
        if (slot.Error != DmaError.None || !IsEnabledFor(slot))
        {
            slot.Fail(DmaError.NotEnabled, now);
            return;
        }

        if (!slot.IsWrite && FreeRead(index) < 0)
        {
            slot.Go(SlotPhase.Lookup, Cycle.Never); // until one of its reads is back
            return;
        }

        var phase = SlotPhase.IssueMemory;
        var address = slot.NextAddress;
        if (slot.IsUntranslated)
        {
            slot.TranslatedAddress = address;
        }
        else if (_fault == ModelFault.M32 && slot.KeptPage == address >> 12)
        {
            slot.TranslatedAddress = (slot.TranslatedAddress & ~PageOffset) | (address & PageOffset);
        }
        else if (_cache.TryLookup(
            address, slot.Context, slot.Need, out slot.TranslatedAddress, out slot.UsedRange))
        {
            Hits++;
            slot.KeptPage = address >> 12;
        }
        else
        {
            Misses++;
            phase = SlotPhase.IssueTranslation;
        }

        slot.Go(phase, now + LookupCycles);
    }

    private void Issue(DmaSlot slot, int index, ulong now)
    {
        switch (slot.Phase)
        {
            case SlotPhase.Finish:
                Finish(slot, index, now);
                break;
            case SlotPhase.IssueMemory or SlotPhase.IssueTranslation when !IsEnabledFor(slot):
                DrainSlots &= ~(1u << index);
                slot.Fail(DmaError.NotEnabled, now);
                break;
            case SlotPhase.IssueTranslation:
                AskForTranslation(slot, index, now);
                break;
            case SlotPhase.IssueMemory:
                IssueMemory(slot, index, now);
                break;
            default:
                throw new InvalidOperationException($"bug: a slot in phase {slot.Phase} issues nothing");
        }
    }

    private void AskForTranslation(DmaSlot slot, int index, ulong now)
    {
        slot.AskedAddress = slot.NextAddress & ~PageOffset;
        var request = new TranslationRequest(
            _configuration.OwnId, (byte)index, slot.AskedAddress, slot.Translations, slot.IsNoWrite && !slot.IsWrite);
        var options = TlpOptions.WithPasid(slot.Context.Pasid);
        _transmit.Add(TlpWriter.WriteTranslationRequest(_transmit.Room, request, options), now);
        slot.IsAsking = true;
        slot.IsAnswered = slot.IsKilled = false;
        slot.Go(SlotPhase.AwaitTranslation, Cycle.Never);
    }

    private void IssueMemory(DmaSlot slot, int index, ulong now)
    {
        var size = NextSize(slot);
        var type = slot.IsUntranslated ? AddressType.Untranslated : AddressType.Translated;
        var options = slot.IsUntranslated ? TlpOptions.WithPasid(slot.Context.Pasid) : default;
        var drainBit = 1u << index;
        if (slot.IsWrite)
        {
            var payload = _payload.AsSpan(0, size);
            for (var i = 0; i < size; i += 4)
            {
                var value = slot.Seed + (uint)((slot.IssuedBytes + i) / 4);
                BinaryPrimitives.WriteUInt32LittleEndian(payload[i..], value);
            }

            var request = new MemoryRequest(_configuration.OwnId, 0, slot.TranslatedAddress, type);
            _transmit.Add(TlpWriter.WriteMemoryWrite(_transmit.Room, request, payload, options), now);
            slot.DwsDone += size / 4;
        }
        else
        {
            var read = FreeRead(index);
            _reads[read] = new OutstandingRead
            {
                RemainingBytes = size,
                OffsetDw = slot.IssuedBytes / 4,
                IsTranslated = !slot.IsUntranslated,
                UsedRange = slot.UsedRange,
                Context = slot.Context,
            };
            slot.ReadsOut++;
            var request = new MemoryRequest(
                _configuration.OwnId, (byte)(Slots + read), slot.TranslatedAddress, type);
            _transmit.Add(TlpWriter.WriteMemoryRead(_transmit.Room, request, size / 4, options), now);
            if ((DrainSlots & drainBit) != 0 && _fault != ModelFault.M31)
            {
                DrainReads |= 1u << read;
            }
        }

        DrainSlots &= ~drainBit;
        slot.IssuedBytes += size;
        if (slot.IssuedBytes < slot.LengthBytes)
        {
            slot.Go(SlotPhase.Lookup, now + 1);
        }
        else
        {
            slot.End(now);
        }
    }

    /// <summary>
    /// Bytes of the next TLP: to the end of the operation, of the page, or to the next multiple of the limit.
    /// </summary>
    private int NextSize(DmaSlot slot)
    {
        var limit = slot.IsWrite ? _configuration.MaxWriteBytes : _configuration.MaxReadBytes;
        var toLimit = limit - (int)(slot.NextAddress & (ulong)(limit - 1));
        return Math.Min(slot.LengthBytes - slot.IssuedBytes, toLimit); // the limit divides the page
    }

    private void TakeData(TlpView tlp, int index, ulong now)
    {
        ref var read = ref _reads[index];
        if (read.RemainingBytes == 0)
        {
            return;
        }

        var slot = _slots[index / ReadsPerSlot];
        var byteCount = tlp.ByteCount == 0 ? 4096 : tlp.ByteCount;
        var isGood = tlp.Kind == TlpKind.CompletionWithData
            && tlp.Status == CompletionStatus.SuccessfulCompletion
            && !tlp.IsPoisoned
            && tlp.Payload.Length <= read.RemainingBytes
            && byteCount == read.RemainingBytes;
        if (isGood)
        {
            slot.Collect(tlp.Payload, read.OffsetDw);
            read.OffsetDw += tlp.Payload.Length / 4;
            read.RemainingBytes -= tlp.Payload.Length;
            if (read.RemainingBytes > 0)
            {
                return;
            }
        }
        else if (slot.Error == DmaError.None)
        {
            slot.Error = DmaError.ReadFailed;
        }

        read.RemainingBytes = 0;
        slot.ReadsOut--;
        DrainReads &= ~(1u << index);
        if (slot.Phase == SlotPhase.AwaitReads)
        {
            slot.End(now);
        }
        else if (slot.Phase == SlotPhase.Lookup && _schedule.ReadyAt(index / ReadsPerSlot) == Cycle.Never)
        {
            slot.Go(SlotPhase.Lookup, now + 1);
        }
    }

    private void Finish(DmaSlot slot, int index, ulong now)
    {
        if (Notify != 0 && _configuration.IsBusMasterEnabled)
        {
            Span<byte> record = stackalloc byte[16];
            BinaryPrimitives.WriteUInt32LittleEndian(record, slot.FinalStatus);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], slot.DataLo);
            BinaryPrimitives.WriteUInt32LittleEndian(record[8..], slot.DataHi);
            BinaryPrimitives.WriteUInt32LittleEndian(record[12..], slot.Digest);
            var request = new MemoryRequest(_configuration.OwnId, 0, Notify + 16 * (uint)index);
            _transmit.Add(TlpWriter.WriteMemoryWrite(_transmit.Room, request, record), now);
        }

        slot.IsDone = true;
        slot.Go(SlotPhase.Idle, Cycle.Never);
    }

    private int FreeRead(int slot)
    {
        for (var i = slot * ReadsPerSlot; i < (slot + 1) * ReadsPerSlot; i++)
        {
            if (_reads[i].RemainingBytes == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private bool IsEnabledFor(DmaSlot slot) =>
        _configuration.IsBusMasterEnabled
        && (slot.IsUntranslated || _configuration.IsAtsEnabled)
        && (!slot.Context.HasPasid || _configuration.IsPasidEnabled);
}
