namespace HilBench.Checking;

/// <summary>A DMA operation of the exerciser as the checker sees it.</summary>
internal struct Command
{
    public CommandRecord Record;
    public bool IsActive;
    public ulong StartedAt;
    public ulong StartLine;

    public readonly bool Covers(ulong va, uint pasid) =>
        Record.Pasid == pasid && va - (Record.Va & ~0xFFFUL) < ((Record.Va & 0xFFF) + (ulong)Record.LengthBytes + 0xFFF & ~0xFFFUL);
}
