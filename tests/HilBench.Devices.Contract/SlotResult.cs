namespace HilBench.Devices.Contract;

/// <summary>The registers of a slot after an operation.</summary>
public sealed record SlotResult(uint Status, uint DataLow, uint DataHigh, uint Digest)
{
    public bool IsBusy => (Status & 1) != 0;

    public bool IsDone => (Status & 2) != 0;

    public int Error => (int)(Status >> 4) & 0xF;

    public byte Label => (byte)(Status >> 8);

    public int Dws => (int)(Status >> 16);
}
