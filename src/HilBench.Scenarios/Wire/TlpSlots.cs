namespace HilBench.Scenarios;

/// <summary>Room for TLPs that wait: fixed places, reused, so that nothing is allocated once there are enough of them.</summary>
internal sealed class TlpSlots
{
    private const int SlotBytes = 4200;
    private const int BlockSlots = 64;
    private readonly List<byte[]> _blocks = [];
    private readonly Stack<int> _free = new();
    private readonly List<int> _lengths = [];

    public int Store(ReadOnlySpan<byte> tlp)
    {
        if (_free.Count == 0)
        {
            Grow();
        }

        var slot = _free.Pop();
        tlp.CopyTo(Room(slot));
        _lengths[slot] = tlp.Length;
        return slot;
    }

    public ReadOnlySpan<byte> this[int slot] => Room(slot)[.._lengths[slot]];

    public void Free(int slot) => _free.Push(slot);

    private Span<byte> Room(int slot) => _blocks[slot / BlockSlots].AsSpan(slot % BlockSlots * SlotBytes, SlotBytes);

    private void Grow()
    {
        var first = _blocks.Count * BlockSlots;
        _blocks.Add(new byte[BlockSlots * SlotBytes]);
        for (var slot = first + BlockSlots - 1; slot >= first; slot--)
        {
            _lengths.Add(0);
            _free.Push(slot);
        }
    }
}
