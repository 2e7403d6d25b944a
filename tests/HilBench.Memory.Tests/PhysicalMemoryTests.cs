using System.Runtime.CompilerServices;

namespace HilBench.Memory.Tests;

public sealed class PhysicalMemoryTests
{
    [Test]
    public void Bytes_are_written_and_read_across_frames_and_unwritten_memory_is_zero()
    {
        var memory = new PhysicalMemory(1 << 20);

        memory.Write(new(0x1FFE), [1, 2, 3, 4]);
        var read = new byte[6];
        memory.Read(new(0x1FFD), read);

        Assert.That(read, Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 0 }));
        Assert.That(memory.ReadUInt64(new(0x2000)), Is.EqualTo(0x0403UL));
    }

    [Test]
    public void The_frame_freed_last_is_handed_out_first_and_zeroed()
    {
        var memory = new PhysicalMemory(1 << 20);
        memory.TryAllocate(0, out var first);
        memory.TryAllocate(0, out var second);
        memory.WriteUInt64(PhysicalAddress.OfFrame(first), 7);
        memory.Free(second);
        memory.Free(first);

        memory.TryAllocate(0, out var again);

        Assert.That(again, Is.EqualTo(first));
        Assert.That(memory.ReadUInt64(PhysicalAddress.OfFrame(again)), Is.Zero);
    }

    [Test]
    public void Every_frame_but_frame_0_is_handed_out_before_memory_is_exhausted()
    {
        var memory = new PhysicalMemory(16 * 4096);
        var frames = new List<ulong>();

        while (memory.TryAllocate(0, out var frame))
        {
            frames.Add(frame);
        }

        Assert.That(frames.Order(), Is.EqualTo(Enumerable.Range(1, 15).Select(i => (ulong)i)));
        Assert.That(memory.FreeFrames, Is.Zero);
    }

    [TestCase(9)]
    [TestCase(18)]
    public void Large_pages_are_naturally_aligned(int order)
    {
        var memory = new PhysicalMemory(4UL << 30);
        memory.TryAllocate(0, out _);

        Assert.That(memory.TryAllocate(order, out var frame), Is.True);
        Assert.That(frame % (1UL << order), Is.Zero);
        Assert.That(memory.OrderOf(PhysicalAddress.OfFrame(frame + 5)), Is.EqualTo(order));
    }

    [Test]
    public void Freed_small_frames_merge_to_a_large_page_when_nothing_else_is_left()
    {
        var memory = new PhysicalMemory(4 << 20);
        var frames = new List<ulong>();
        while (memory.TryAllocate(0, out var frame))
        {
            frames.Add(frame);
        }

        frames.ForEach(memory.Free);

        Assert.That(memory.TryAllocate(9, out var large), Is.True);
        Assert.That(large, Is.EqualTo(512));
        Assert.That(memory.TryAllocate(9, out _), Is.False);
    }

    [Test]
    public void The_state_of_a_frame_takes_48_bytes() => Assert.That(Unsafe.SizeOf<FrameState>(), Is.EqualTo(48));
}
