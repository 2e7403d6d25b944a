namespace HilBench.Memory;

/// <summary>The lists of free blocks.</summary>
public sealed partial class PhysicalMemory
{
    private bool TryRefill(int list)
    {
        var size = 1UL << _orders[list];
        if (TryBreak(list, list < HugeList ? HugeList : HugeList + 1))
        {
            return true;
        }

        var aligned = (_fresh + size - 1) & ~(size - 1);
        if (aligned + size <= FrameCount)
        {
            Carve((uint)aligned);
            _fresh = (uint)(aligned + size);
            Push(list, (uint)aligned);
            return true;
        }

        return TryBreak(list, HugeList + 1) || (list == 0 ? _fresh < FrameCount && TakeRest() : TryCoalesce(list));
    }

    /// <summary>Breaks the smallest larger free block into blocks of the list.</summary>
    private bool TryBreak(int list, int largest)
    {
        var larger = list + 1;
        while (larger <= largest && _free[larger] == 0)
        {
            larger++;
        }

        if (larger > largest)
        {
            return false;
        }

        var block = Pop(larger);
        var step = 1UL << _orders[list];
        for (var i = 1UL << _orders[larger]; i > 0; i -= step)
        {
            Push(list, (uint)(block + i - step));
        }

        return true;
    }

    /// <summary>Gives the frames between the fresh mark and an aligned block to the smaller lists.</summary>
    private void Carve(uint aligned)
    {
        for (var frame = aligned; frame > _fresh;)
        {
            if (frame % 512 == 0 && frame - _fresh >= 512)
            {
                frame -= 512;
                Push(HugeList, frame);
            }
            else
            {
                Push(0, --frame);
            }
        }
    }

    /// <summary>Last resort: merges neighbouring free blocks of all smaller orders, lowest first.</summary>
    private bool TryCoalesce(int list)
    {
        var shift = _orders[list];
        var free = new Dictionary<ulong, ulong>();
        for (var smaller = 0; smaller < list; smaller++)
        {
            for (var block = _free[smaller]; block != 0; block = State(block).Head)
            {
                free[block >> shift] = free.GetValueOrDefault(block >> shift) + (1UL << _orders[smaller]);
            }
        }

        var merged = new SortedSet<ulong>();
        foreach (var (window, frames) in free)
        {
            if (frames == 1UL << shift)
            {
                merged.Add(window);
            }
        }

        for (var smaller = 0; smaller < list && merged.Count > 0; smaller++)
        {
            Relink(smaller, merged, shift);
        }

        foreach (var window in merged.Reverse())
        {
            Push(list, (uint)(window << shift));
        }

        return merged.Count > 0;
    }

    /// <summary>Takes the blocks of merged windows out of a free list; the others keep their order.</summary>
    private void Relink(int list, SortedSet<ulong> merged, int shift)
    {
        var kept = new List<uint>();
        for (var block = _free[list]; block != 0; block = State(block).Head)
        {
            if (!merged.Contains(block >> shift))
            {
                kept.Add(block);
            }
        }

        _free[list] = 0;
        _freeBlocks[list] = 0;
        for (var i = kept.Count - 1; i >= 0; i--)
        {
            Push(list, kept[i]);
        }
    }

    private bool TakeRest()
    {
        Push(0, _fresh++);
        return true;
    }

    private ulong Pop(int list)
    {
        var block = _free[list];
        _free[list] = QuietState(block).Head;
        _freeBlocks[list]--;
        return block;
    }

    private void Push(int list, uint block)
    {
        ref var state = ref QuietState(block);
        state.Flags = FrameFlags.Free;
        state.Order = (byte)_orders[list];
        state.Head = _free[list];
        _free[list] = block;
        _freeBlocks[list]++;
    }
}
