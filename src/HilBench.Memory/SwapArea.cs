namespace HilBench.Memory;

/// <summary>
/// The swap area: contents of pages by slot, with a count of the page-table entries that refer to each, and the swap
/// cache: the frames that hold the same contents in memory.
/// </summary>
/// <remarks>
/// Models <c>swap_map</c> and the swap cache of a device that writes at once (zram): a page leaves the cache as soon as
/// reclaim has written it. Each cached frame of a page carries one reference of the cache.
/// </remarks>
internal sealed class SwapArea(Kernel kernel)
{
    private readonly Dictionary<ulong, Slot> _slots = [];
    private readonly Dictionary<ulong, ulong> _slotOf = [];
    private ulong _next = 1;

    /// <summary>Gives every frame of an anonymous page a slot, and puts it into the cache.</summary>
    /// <remarks>Models <c>add_to_swap</c>.</remarks>
    public void Add(ulong head)
    {
        ref var page = ref kernel.Memory.State(head);
        for (var i = 0UL; i < 1UL << page.Order; i++)
        {
            _slots.Add(_next, new Slot { Frame = head + i });
            _slotOf.Add(head + i, _next++);
            page.RefCount++;
        }

        page.Flags |= FrameFlags.SwapCache | FrameFlags.Dirty;
    }

    /// <summary>Reads a slot into a page that is not mapped yet, and puts it into the cache.</summary>
    /// <remarks>Models <c>read_swap_cache_async</c>.</remarks>
    public bool TryRead(CpuOperation op, Vma vma, ulong address, ulong slot, out ulong frame)
    {
        if (!kernel.TryAllocate(op, vma, address, 0, out frame))
        {
            return false;
        }

        Load(slot, frame);
        _slots[slot].Frame = frame;
        _slotOf.Add(frame, slot);
        ref var page = ref kernel.Memory.State(frame);
        page.Flags |= FrameFlags.Anonymous | FrameFlags.SwapBacked | FrameFlags.SwapCache;
        page.Cgroup = _slots[slot].Cgroup;
        return true;
    }

    /// <summary>Writes what a cached page holds to its slots; it is clean then.</summary>
    /// <remarks>Models <c>swap_writepage</c>.</remarks>
    public void Write(ulong head)
    {
        ref var page = ref kernel.Memory.State(head);
        for (var i = 0UL; i < 1UL << page.Order; i++)
        {
            var slot = _slots[_slotOf[head + i]];
            slot.Content ??= new byte[PhysicalMemory.FrameBytes];
            slot.Cgroup = page.Cgroup;
            kernel.Memory.Read(PhysicalAddress.OfFrame(head + i), slot.Content);
        }

        page.Flags &= ~FrameFlags.Dirty;
    }

    /// <summary>Copies a slot into a page.</summary>
    public void Load(ulong slot, ulong frame) =>
        kernel.Memory.Write(PhysicalAddress.OfFrame(frame), _slots[slot].Content!);

    /// <summary>The cached frame of a slot; false: it is only in the swap area.</summary>
    public bool TryFind(ulong slot, out ulong frame) => (frame = _slots[slot].Frame) != 0;

    /// <summary>The slot of a cached frame.</summary>
    public ulong SlotOf(ulong frame) => _slotOf[frame];

    /// <summary>Whether anybody could fault the slot in.</summary>
    public bool IsUsed(ulong slot) => _slots.TryGetValue(slot, out var found) && found.Count > 0;

    /// <summary>References that the cache has to a page: one for each frame.</summary>
    public static int ReferencesTo(PhysicalMemory memory, ulong head) =>
        memory.State(head).Has(FrameFlags.SwapCache) ? 1 << memory.State(head).Order : 0;

    /// <summary>One more entry refers to the slot (swap_duplicate).</summary>
    public void Get(ulong slot) => _slots[slot].Count++;

    /// <summary>
    /// One entry less (swap_free). The last one frees the slot; a cached page keeps it until it leaves the cache.
    /// </summary>
    public void Put(ulong slot)
    {
        var found = _slots[slot];
        if (--found.Count == 0 && found.Frame == 0)
        {
            _slots.Remove(slot);
        }
    }

    /// <summary>One entry less; a cached page that nobody maps goes with the last one.</summary>
    /// <remarks>Models <c>free_swap_and_cache</c>.</remarks>
    public void PutAndTrim(CpuOperation op, ulong slot)
    {
        var frame = _slots[slot].Frame;
        Put(slot);
        if (frame != 0)
        {
            Trim(op, kernel.Memory.HeadOf(frame));
        }
    }

    /// <summary>A page that nobody maps and no entry refers to leaves the cache.</summary>
    /// <remarks>Models <c>free_swap_cache</c>.</remarks>
    public void Trim(CpuOperation op, ulong head)
    {
        ref var page = ref kernel.Memory.State(head);
        if (page.Has(FrameFlags.SwapCache) && !page.Has(FrameFlags.Locked)
            && Rmap.TotalMapCount(kernel.Memory, head) == 0)
        {
            TryFree(op, head);
        }
    }

    /// <summary>
    /// Takes a page out of the cache when no entry refers to its slots. It is dirty then. One that another CPU has locked
    /// stays: reclaim may be about to let entries refer to its slots.
    /// </summary>
    /// <returns>Whether it is out of the cache.</returns>
    /// <remarks>Models <c>folio_free_swap</c>.</remarks>
    public bool TryFree(CpuOperation op, ulong head)
    {
        ref var page = ref kernel.Memory.State(head);
        if (!page.Has(FrameFlags.SwapCache) || page.Has(FrameFlags.Locked))
        {
            return false;
        }

        for (var i = 0UL; i < 1UL << page.Order; i++)
        {
            if (_slots[_slotOf[head + i]].Count > 0)
            {
                return false;
            }
        }

        page.Flags |= FrameFlags.Dirty;
        Remove(op, head);
        return true;
    }

    /// <summary>Takes a page out of the cache; slots that entries refer to stay.</summary>
    /// <remarks>Models <c>delete_from_swap_cache</c>.</remarks>
    public void Remove(CpuOperation op, ulong head)
    {
        ref var page = ref kernel.Memory.State(head);
        var count = 1UL << page.Order;
        page.Flags &= ~FrameFlags.SwapCache;
        for (var i = 0UL; i < count; i++)
        {
            _slotOf.Remove(head + i, out var slot);
            _slots[slot].Frame = 0;
            if (_slots[slot].Count == 0)
            {
                _slots.Remove(slot);
            }
        }

        kernel.Put(op, head, (int)count);
    }

    /// <summary>A page in the cache moved to another frame, with the cache's reference.</summary>
    /// <remarks>Models <c>folio_migrate_mapping</c> for the swap cache.</remarks>
    public void Move(ulong head, ulong target)
    {
        ref var from = ref kernel.Memory.State(head);
        ref var to = ref kernel.Memory.State(target);
        for (var i = 0UL; i < 1UL << from.Order; i++)
        {
            _slotOf.Remove(head + i, out var slot);
            _slotOf.Add(target + i, slot);
            _slots[slot].Frame = target + i;
            from.RefCount--;
            to.RefCount++;
        }

        from.Flags &= ~FrameFlags.SwapCache;
        to.Flags |= FrameFlags.SwapCache;
    }

    /// <summary>The cached page of the slot was read ahead of a fault.</summary>
    public void MarkReadAhead(ulong slot) => _slots[slot].IsReadAhead = true;

    /// <summary>Whether the cached page was read ahead of a fault; asked once.</summary>
    public bool TakeReadAhead(ulong slot)
    {
        var found = _slots[slot];
        var was = found.IsReadAhead;
        found.IsReadAhead = false;
        return was;
    }

    /// <summary>Every cached page, in the order of its slots.</summary>
    public IEnumerable<ulong> CachedPages() => _slots.OrderBy(slot => slot.Key)
        .Where(slot => slot.Value.Frame != 0).Select(slot => slot.Value.Frame).ToArray();

    /// <summary>Entries that refer to the slot.</summary>
    public int CountOf(ulong slot) => _slots[slot].Count;

    private sealed class Slot
    {
        public byte[]? Content { get; set; }

        public int Count { get; set; }

        public ulong Frame { get; set; }

        public bool IsReadAhead { get; set; }

        public byte Cgroup { get; set; }
    }
}
