using HilBench.Journal;

namespace HilBench.Memory;

public sealed partial class PhysicalMemory
{
    /// <summary>
    /// Whether a page from a CPU's free list is looked at before it is handed out. Since 4.7 Linux looks only when pages
    /// move between these lists and the common one, so that a page that is poisoned while it lies there is handed out
    /// unless the lists are drained. False at first.
    /// </summary>
    /// <remarks>Models commit 479f854a207c (<c>check_new_pcp</c>).</remarks>
    public bool ChecksPerCpuPages { get; set; }

    /// <summary>
    /// Moves all pages from the CPUs' free lists to the common one; poisoned pages are thrown out.
    /// </summary>
    /// <remarks>Models <c>drain_all_pages</c>.</remarks>
    public void DrainPerCpuPages()
    {
        for (uint previous = 0, block = _free[0]; block != 0;)
        {
            ref var state = ref State(block);
            var next = state.Head;
            if (state.Has(FrameFlags.Hwpoison))
            {
                Unlink(previous, block);
            }
            else
            {
                state.IsPerCpu = false;
                previous = block;
            }

            block = next;
        }
    }

    /// <summary>Marks a frame as poisoned.</summary>
    internal void Poison(ulong frame) => State(frame).Flags |= FrameFlags.Hwpoison;

    /// <summary>Takes a free frame off its list for good. False: it is not free.</summary>
    /// <remarks>Models <c>take_page_off_buddy</c>, with the CPUs' lists drained.</remarks>
    internal bool TryTakeOff(ulong frame)
    {
        for (uint previous = 0, block = _free[0]; block != 0; previous = block, block = State(block).Head)
        {
            if (block == frame)
            {
                Unlink(previous, block);
                return true;
            }
        }

        return TryTakeOffLarge(frame);
    }

    /// <summary>The same for a frame within a larger free block, whose other frames become free one by one.</summary>
    private bool TryTakeOffLarge(ulong frame)
    {
        for (var list = 1; list < _free.Length; list++)
        {
            var size = 1UL << _orders[list];
            var first = frame & ~(size - 1);
            var kept = new List<uint>();
            var isFound = false;
            while (_free[list] != 0 && !isFound)
            {
                var block = Pop(list);
                isFound = block == first;
                if (!isFound)
                {
                    kept.Add((uint)block);
                }
            }

            for (var i = kept.Count - 1; i >= 0; i--)
            {
                Push(list, kept[i]);
            }

            if (!isFound)
            {
                continue;
            }

            for (var i = size; i > 0; i--)
            {
                if (first + i - 1 != frame)
                {
                    Push(0, (uint)(first + i - 1));
                }
            }

            State(frame).Flags = FrameFlags.Hwpoison;
            return true;
        }

        return false;
    }

    /// <summary>Whether the allocator throws the frame out instead of handing it out.</summary>
    private bool IsRefused(ulong frame)
    {
        ref var state = ref QuietState(frame);
        if (!state.Has(FrameFlags.Hwpoison) || (state.IsPerCpu && !ChecksPerCpuPages))
        {
            return false;
        }

        state.Flags = FrameFlags.Hwpoison;
        return true;
    }

    private void Unlink(uint previous, uint block)
    {
        ref var state = ref State(block);
        Invariant.Holds(state.Has(FrameFlags.Free));
        if (previous == 0)
        {
            _free[0] = state.Head;
        }
        else
        {
            State(previous).Head = state.Head;
        }

        _freeBlocks[0]--;
        state.Flags = FrameFlags.Hwpoison;
        state.Head = 0;
    }
}
