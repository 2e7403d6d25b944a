namespace HilBench.Devices.Model;

/// <summary>Offsets in BAR0, bytes. Source: docs/exerciser.md.</summary>
internal static class ExerciserRegister
{
    public const int Id = 0x000;
    public const int Version = 0x004;
    public const int Features = 0x008;
    public const int TxGap = 0x00C;
    public const int Notify = 0x010;
    public const int Busy = 0x014;
    public const int AtcHits = 0x018;
    public const int AtcMisses = 0x01C;
    public const int Timeout = 0x020;
    public const int Control = 0x024;
    public const int PageStop = 0x028;

    public const int FirstSlot = 0x100;
    public const int SlotStride = 0x40;

    // Within a slot.
    public const int AddressLow = 0x00;
    public const int AddressHigh = 0x04;
    public const int Context = 0x08;
    public const int Length = 0x0C;
    public const int Seed = 0x10;
    public const int Command = 0x14;
    public const int Status = 0x18;
    public const int DataLow = 0x1C;
    public const int DataHigh = 0x20;
    public const int Digest = 0x24;
}
