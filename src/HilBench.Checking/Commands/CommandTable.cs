namespace HilBench.Checking;

/// <summary>The exerciser's operations: those running, and of each slot the last one.</summary>
internal sealed class CommandTable
{
    public const int Slots = 64;
    private readonly Command[] _bySlot = new Command[Slots];
    private ulong _active;

    /// <summary>Bit i: the operation of slot i runs.</summary>
    public ulong Active => _active;

    /// <summary>Operations that ended.</summary>
    public long Finished { get; private set; }

    public ref Command this[int slot] => ref _bySlot[slot];

    public void Start(in CommandRecord record, ulong time, ulong line)
    {
        _bySlot[record.Slot] = new Command { Record = record, IsActive = true, StartedAt = time, StartLine = line };
        _active |= 1UL << record.Slot;
    }

    public void Finish(int slot)
    {
        _bySlot[slot].IsActive = false;
        _active &= ~(1UL << slot);
        Finished++;
    }

    public void Clear()
    {
        Array.Clear(_bySlot);
        _active = 0;
    }

    /// <summary>A running operation that covers the page, other than that of a slot; -1: none.</summary>
    public int FindActive(ulong va, uint pasid, int exceptSlot)
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            if (slot != exceptSlot && _bySlot[slot].IsActive && _bySlot[slot].Covers(va, pasid))
            {
                return slot;
            }
        }

        return -1;
    }

    /// <summary>
    /// The operation to which a request at this untranslated address belongs: a running one, else the last of its slot;
    /// -1 when no operation of the function covers the page.
    /// </summary>
    public int FindCovering(ulong va, uint pasid, bool isWrite, int function)
    {
        var found = -1;
        for (var slot = 0; slot < Slots; slot++)
        {
            ref readonly var command = ref _bySlot[slot];
            if (command.Record.LengthBytes == 0 || command.Record.IsWrite != isWrite || command.Record.Function != function || !command.Covers(va, pasid))
            {
                continue;
            }

            if (command.IsActive)
            {
                return slot;
            }

            found = found < 0 || _bySlot[found].StartedAt < command.StartedAt ? slot : found;
        }

        return found;
    }
}
