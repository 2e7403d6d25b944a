using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Sends the memory requests of the slots and takes the data that comes back.</summary>
internal sealed class MemoryUnit(ModelFault fault, ConfigurationSpace configuration, TransmitQueue transmit)
{
    public const int Reads = DmaEngine.Slots * ReadsPerSlot;

    private const int ReadsPerSlot = 3;
    private const int FirstTag = DmaEngine.Slots;

    private readonly OutstandingRead[] _reads = new OutstandingRead[Reads];
    private readonly byte[] _payload = new byte[256];

    /// <summary>Bit i: the invalidation in progress waits for the data of read i.</summary>
    public uint DrainReads { get; private set; }

    public void Reset()
    {
        Array.Clear(_reads);
        DrainReads = 0;
    }

    /// <summary>True when a tag of the slot is free for a read, or its first one for an atomic.</summary>
    public bool CanRead(DmaSlot slot) => FreeRead(slot) >= 0;

    /// <summary>Which reads the invalidation has to wait for.</summary>
    public void Invalidate(in Invalidation request)
    {
        DrainReads = 0;
        for (var i = 0; i < _reads.Length && fault != ModelFault.M31; i++)
        {
            ref readonly var read = ref _reads[i];
            if (read.RemainingBytes > 0 && read.IsTranslated
                && request.Covers(read.UsedRange, read.Context, read.UsesGlobal))
            {
                DrainReads |= 1u << i;
            }
        }
    }

    /// <summary>Forgets what a function has asked for.</summary>
    public void Forget(int function)
    {
        for (var i = 0; i < _reads.Length; i++)
        {
            if (_reads[i].Context.Function == function)
            {
                _reads[i].RemainingBytes = 0;
                DrainReads &= ~(1u << i);
            }
        }
    }

    /// <summary>Puts the next memory request of a slot into the transmit queue; there must be room.</summary>
    /// <param name="slot">With the translation in hand.</param>
    /// <param name="isDrained">The invalidation in progress waits for this request.</param>
    /// <param name="now">This cycle.</param>
    public void Issue(DmaSlot slot, bool isDrained, ulong now)
    {
        var size = NextSize(slot);
        var options = slot.UsesNone
            ? slot.Context.ToOptions(slot.IsExecute, slot.TrafficClass)
            : new TlpOptions { TrafficClass = slot.TrafficClass };
        switch (slot.Operation)
        {
            case DmaOperation.Write:
                Write(slot, size, options, now);
                break;
            case DmaOperation.Read:
                var tag = TakeRead(slot, size, isDrained);
                var read = RequestOf(slot, tag);
                transmit.Add(TlpWriter.WriteMemoryRead(transmit.Room, read, size / 4, options), now);
                break;
            default:
                Modify(slot, TakeRead(slot, size, isDrained), options, now);
                break;
        }

        slot.IssuedBytes += size;
    }

    /// <summary>A completion for a function with the tag of a read.</summary>
    /// <param name="tlp">The completion.</param>
    /// <param name="function">The function that it names.</param>
    /// <param name="slots">All of them.</param>
    /// <returns>The slot whose read is over; null when more is to come, or it is for nothing.</returns>
    public DmaSlot? TakeData(TlpView tlp, int function, DmaSlot[] slots)
    {
        var index = tlp.Tag - FirstTag;
        if (index < 0 || index >= Reads)
        {
            return null;
        }

        ref var read = ref _reads[index];
        if (read.RemainingBytes == 0 || read.Context.Function != function)
        {
            return null;
        }

        var slot = slots[index / ReadsPerSlot];
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
                return null;
            }
        }
        else if (slot.Error == DmaError.None)
        {
            slot.Error = DmaError.ReadFailed;
        }

        read.RemainingBytes = 0;
        slot.ReadsOut--;
        DrainReads &= ~(1u << index);
        return slot;
    }

    private void Write(DmaSlot slot, int size, in TlpOptions options, ulong now)
    {
        var payload = _payload.AsSpan(0, size);
        for (var i = 0; i < size; i += 4)
        {
            var value = slot.Seed + (uint)((slot.IssuedBytes + i) / 4);
            BinaryPrimitives.WriteUInt32LittleEndian(payload[i..], value);
        }

        transmit.Add(TlpWriter.WriteMemoryWrite(transmit.Room, RequestOf(slot, 0), payload, options), now);
        slot.DwsDone += size / 4;
    }

    private void Modify(DmaSlot slot, byte tag, in TlpOptions options, ulong now)
    {
        var operands = _payload.AsSpan(0, slot.IsCompareAndSwap ? 8 : 4);
        BinaryPrimitives.WriteUInt32LittleEndian(operands, slot.Seed);
        if (slot.IsCompareAndSwap)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(operands[4..], slot.Seed + 1);
        }

        var kind = slot.IsCompareAndSwap ? TlpKind.Cas : TlpKind.FetchAdd;
        transmit.Add(TlpWriter.WriteAtomic(transmit.Room, RequestOf(slot, tag), kind, operands, options), now);
    }

    private MemoryRequest RequestOf(DmaSlot slot, byte tag)
    {
        var type = slot.UsesNone ? AddressType.Untranslated : AddressType.Translated;
        return new MemoryRequest(configuration.IdOf(slot.Context.Function), tag, slot.TranslatedAddress, type);
    }

    private byte TakeRead(DmaSlot slot, int size, bool isDrained)
    {
        var index = FreeRead(slot);
        _reads[index] = new OutstandingRead
        {
            RemainingBytes = size,
            OffsetDw = slot.IssuedBytes / 4,
            IsTranslated = !slot.UsesNone,
            UsedRange = slot.UsedRange,
            UsesGlobal = slot.UsesGlobal,
            Context = slot.Context,
        };
        slot.ReadsOut++;
        var extends = fault == ModelFault.M33 && DrainReads != 0 && !slot.UsesNone;
        if ((isDrained || extends) && fault != ModelFault.M31)
        {
            DrainReads |= 1u << index;
        }

        return (byte)(FirstTag + index);
    }

    /// <summary>
    /// Bytes of the next TLP: to the end of the operation, of the page, or to the next multiple of the limit.
    /// </summary>
    private int NextSize(DmaSlot slot)
    {
        var space = configuration[slot.Context.Function];
        var limit = slot.Operation == DmaOperation.Write ? space.MaxWriteBytes : space.MaxReadBytes;
        var toLimit = limit - (int)(slot.NextAddress & (ulong)(limit - 1));
        toLimit = fault == ModelFault.M61 ? limit : toLimit;
        return Math.Min(slot.LengthBytes - slot.IssuedBytes, toLimit); // the limit divides the page
    }

    private int FreeRead(DmaSlot slot)
    {
        var first = slot.Index * ReadsPerSlot;
        for (var i = first; i < first + ReadsPerSlot; i++)
        {
            if (_reads[i].RemainingBytes == 0)
            {
                return i;
            }
        }

        return -1;
    }
}
