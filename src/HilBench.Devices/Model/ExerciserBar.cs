using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>The registers of BAR0. Source: docs/exerciser.md, "BAR0".</summary>
internal sealed class ExerciserBar(
    ModelFault fault, DmaEngine engine, InvalidationCloser closer, TransmitQueue transmit, int entries)
{
    private const uint Id = 0x4248_494C;
    private const uint Version = 2;
    private const uint PrefetchBit = 1 << 0;
    private const uint GatherBit = 1 << 1;
    private const uint ReorderBit = 1 << 2;

    private readonly uint _features = DmaEngine.Slots
        | (12 << 8)
        | ((uint)(entries & 0xFF) << 16)
        | (ConfigurationSpace.Functions << 24)
        | (TranslationCache.Engines << 28);

    /// <summary>Everything below the slots to the values after reset.</summary>
    public void Reset()
    {
        transmit.Gap = 0;
        WriteControl(0);
        engine.ResetRegisters();
    }

    public uint Read(int offset)
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
            ExerciserRegister.Features => _features,
            ExerciserRegister.TxGap => (uint)transmit.Gap,
            ExerciserRegister.Notify => engine.Notify,
            ExerciserRegister.Busy => engine.Busy,
            ExerciserRegister.AtcHits => engine.Hits,
            ExerciserRegister.AtcMisses => engine.Misses,
            ExerciserRegister.Timeout => engine.Timeout,
            ExerciserRegister.Control => ReadControl(),
            _ => 0,
        };
    }

    public void Write(int offset, uint value, ulong now)
    {
        var slot = (offset - ExerciserRegister.FirstSlot) / ExerciserRegister.SlotStride;
        if (offset >= ExerciserRegister.FirstSlot && slot < DmaEngine.Slots)
        {
            WriteSlot(slot, offset % ExerciserRegister.SlotStride, value, now);
            return;
        }

        switch (offset)
        {
            case ExerciserRegister.TxGap:
                transmit.Gap = (int)(value & 0xFF);
                break;
            case ExerciserRegister.Notify:
                engine.Notify = value & ~0xFFu;
                break;
            case ExerciserRegister.Timeout:
                engine.Timeout = value;
                break;
            case ExerciserRegister.Control:
                WriteControl(value);
                break;
            case ExerciserRegister.PageStop:
                engine.StopPasid((int)(value >> 31), new Pasid(value & Pasid.MaxValue), now);
                break;
            default:
                break; // read-only or nothing there
        }
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

    private void WriteSlot(int index, int register, uint value, ulong now)
    {
        var slot = engine.Slot(index);
        switch (register)
        {
            case ExerciserRegister.AddressLow:
                slot.AddressRegister = (slot.AddressRegister & 0xFFFF_FFFF_0000_0000) | (value & ~3u);
                slot.Address = fault == ModelFault.M65 && slot.IsBusy ? slot.AddressRegister : slot.Address;
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

    private uint ReadControl() => (engine.Prefetcher.IsOn ? PrefetchBit : 0)
        | (closer.Gathers ? GatherBit : 0)
        | (closer.Reorders ? ReorderBit : 0);

    private void WriteControl(uint value)
    {
        engine.Prefetcher.IsOn = (value & PrefetchBit) != 0;
        closer.Gathers = (value & GatherBit) != 0;
        closer.Reorders = (value & ReorderBit) != 0;
    }
}
