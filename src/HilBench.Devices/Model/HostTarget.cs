using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Answers the host's requests: configuration, BAR0, and Unsupported Request for everything else.</summary>
internal sealed class HostTarget(ConfigurationSpace configuration, DmaEngine engine, TransmitQueue transmit)
{
    private const int MaxReadDw = 4;
    private const int MaxWriteDw = 8;
    private const int BarBytes = 4096;
    private const uint Id = 0x4248_494C;
    private const uint Version = 1;
    private const uint Features = DmaEngine.Slots
        | (12 << 8)
        | (TranslationCache.Ways * TranslationCache.EntriesPerWay << 16);

    /// <summary>True when the request has to be answered, so that there must be room in the transmit queue.</summary>
    public static bool NeedsAnswer(TlpView tlp) => tlp.Kind != TlpKind.MemoryWrite;

    /// <summary>Does what the host asks for.</summary>
    public void Take(TlpView tlp, ulong now)
    {
        switch (tlp.Kind)
        {
            case TlpKind.MemoryWrite:
                TakeWrite(tlp, now);
                break;
            case TlpKind.MemoryRead:
                TakeRead(tlp, now);
                break;
            case TlpKind.ConfigurationRead0 or TlpKind.ConfigurationWrite0:
                TakeConfiguration(tlp, now);
                break;
            default:
                Refuse(tlp, 4, now);
                break;
        }
    }

    private void TakeConfiguration(TlpView tlp, ulong now)
    {
        var isWrite = tlp.Kind == TlpKind.ConfigurationWrite0;
        if (tlp.Destination.Function != 0 || tlp.LengthDw != 1 || (isWrite && tlp.IsPoisoned))
        {
            Refuse(tlp, 4, now);
            return;
        }

        if (isWrite)
        {
            var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
            if (configuration.Write(tlp.Destination, tlp.RegisterNumber, value, tlp.FirstByteEnable))
            {
                engine.ForgetTranslations(now);
            }

            Answer(tlp, CompletionStatus.SuccessfulCompletion, 4, [], now);
            return;
        }

        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, configuration.Read(tlp.RegisterNumber));
        Answer(tlp, CompletionStatus.SuccessfulCompletion, 4, data, now);
    }

    private void TakeRead(TlpView tlp, ulong now)
    {
        var sizeBytes = 4 * tlp.LengthDw;
        var isOurs = configuration.TryMatchBar(tlp.Address, out var offset);
        if (!isOurs || tlp.LengthDw > MaxReadDw || offset + sizeBytes > BarBytes)
        {
            Refuse(tlp, sizeBytes, now);
            return;
        }

        Span<byte> data = stackalloc byte[4 * MaxReadDw];
        for (var i = 0; i < sizeBytes; i += 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data[i..], ReadRegister(offset + i));
        }

        Answer(tlp, CompletionStatus.SuccessfulCompletion, sizeBytes, data[..sizeBytes], now);
    }

    private void TakeWrite(TlpView tlp, ulong now)
    {
        var isOurs = configuration.TryMatchBar(tlp.Address, out var offset);
        var lastEnable = tlp.LengthDw == 1 ? 0 : 0xF;
        var isWhole = tlp.FirstByteEnable == 0xF && tlp.LastByteEnable == lastEnable;
        if (!isOurs || !isWhole || tlp.IsPoisoned || tlp.LengthDw > MaxWriteDw
            || offset + tlp.Payload.Length > BarBytes)
        {
            return;
        }

        for (var i = 0; i < tlp.Payload.Length; i += 4)
        {
            WriteRegister(offset + i, BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload[i..]), now);
        }
    }

    private uint ReadRegister(int offset)
    {
        var slot = (offset - ExerciserRegister.FirstSlot) / ExerciserRegister.SlotStride;
        if (offset >= ExerciserRegister.FirstSlot && slot < DmaEngine.Slots)
        {
            return ReadSlot(engine.Slot(slot), offset % ExerciserRegister.SlotStride);
        }

        return offset switch
        {
            ExerciserRegister.Id => Id,
            ExerciserRegister.Version => Version,
            ExerciserRegister.Features => Features,
            ExerciserRegister.TxGap => (uint)transmit.Gap,
            ExerciserRegister.Notify => engine.Notify,
            ExerciserRegister.Busy => engine.Busy,
            ExerciserRegister.AtcHits => engine.Hits,
            ExerciserRegister.AtcMisses => engine.Misses,
            _ => 0,
        };
    }

    private static uint ReadSlot(DmaSlot slot, int register) => register switch
    {
        ExerciserRegister.AddressLow => (uint)slot.AddressRegister,
        ExerciserRegister.AddressHigh => (uint)(slot.AddressRegister >> 32),
        ExerciserRegister.Context => slot.ContextRegister,
        ExerciserRegister.Length => slot.LengthRegister,
        ExerciserRegister.Seed => slot.SeedRegister,
        ExerciserRegister.Status => slot.Status,
        ExerciserRegister.DataLow => slot.DataLo,
        ExerciserRegister.DataHigh => slot.DataHi,
        ExerciserRegister.Digest => slot.Digest,
        _ => 0,
    };

    private void WriteRegister(int offset, uint value, ulong now)
    {
        var slot = (offset - ExerciserRegister.FirstSlot) / ExerciserRegister.SlotStride;
        if (offset >= ExerciserRegister.FirstSlot && slot < DmaEngine.Slots)
        {
            WriteSlot(slot, offset % ExerciserRegister.SlotStride, value, now);
        }
        else if (offset == ExerciserRegister.TxGap)
        {
            transmit.Gap = (int)(value & 0xFF);
        }
        else if (offset == ExerciserRegister.Notify)
        {
            engine.Notify = value & ~0xFFu;
        }
    }

    private void WriteSlot(int index, int register, uint value, ulong now)
    {
        var slot = engine.Slot(index);
        switch (register)
        {
            case ExerciserRegister.AddressLow:
                slot.AddressRegister = (slot.AddressRegister & 0xFFFF_FFFF_0000_0000) | (value & ~3u);
                break;
            case ExerciserRegister.AddressHigh:
                slot.AddressRegister = ((ulong)value << 32) | (uint)slot.AddressRegister;
                break;
            case ExerciserRegister.Context:
                slot.ContextRegister = value & 0x800F_FFFF;
                break;
            case ExerciserRegister.Length:
                slot.LengthRegister = value;
                break;
            case ExerciserRegister.Seed:
                slot.SeedRegister = value;
                break;
            case ExerciserRegister.Command:
                engine.Start(index, value, now);
                break;
            default:
                break; // read-only or nothing there
        }
    }

    private void Refuse(TlpView tlp, int byteCount, ulong now) =>
        Answer(tlp, CompletionStatus.UnsupportedRequest, byteCount, [], now);

    private void Answer(TlpView request, CompletionStatus status, int byteCount, ReadOnlySpan<byte> data, ulong now)
    {
        var lowerAddress = request.Kind == TlpKind.MemoryRead ? (int)(request.Address & 0x7C) : 0;
        var header = new CompletionHeader(
            configuration.OwnId, request.Requester, request.Tag, status, byteCount, lowerAddress);
        var options = new TlpOptions { TrafficClass = request.TrafficClass, Attributes = request.Attributes };
        var size = data.IsEmpty
            ? TlpWriter.WriteCompletion(transmit.Room, header, options)
            : TlpWriter.WriteCompletionWithData(transmit.Room, header, data, options);
        transmit.Add(size, now);
    }
}
