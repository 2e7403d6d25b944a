namespace HilBench.Memory;

/// <summary>The swap area: contents of pages by slot, with a count of the entries that refer to each.</summary>
internal sealed class SwapArea
{
    private readonly Dictionary<ulong, Slot> _slots = [];
    private ulong _next = 1;

    /// <summary>Stores a page; nobody refers to it yet.</summary>
    public ulong Store(PhysicalMemory memory, ulong frame)
    {
        var content = new byte[PhysicalMemory.FrameBytes];
        memory.Read(PhysicalAddress.OfFrame(frame), content);
        _slots.Add(_next, new Slot(content));
        return _next++;
    }

    /// <summary>Copies a slot into a page.</summary>
    public void Load(PhysicalMemory memory, ulong slot, ulong frame) =>
        memory.Write(PhysicalAddress.OfFrame(frame), _slots[slot].Content);

    /// <summary>One more entry refers to the slot.</summary>
    public void Get(ulong slot) => _slots[slot].Count++;

    /// <summary>One entry less; the last one frees the slot.</summary>
    public void Put(ulong slot)
    {
        if (--_slots[slot].Count == 0)
        {
            _slots.Remove(slot);
        }
    }

    /// <summary>Entries that refer to the slot.</summary>
    public int CountOf(ulong slot) => _slots[slot].Count;

    private sealed class Slot(byte[] content)
    {
        public byte[] Content { get; } = content;

        public int Count { get; set; }
    }
}
