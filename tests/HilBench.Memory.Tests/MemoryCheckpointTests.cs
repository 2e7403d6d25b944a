namespace HilBench.Memory.Tests;

/// <summary>Memory goes back to what it was, frame by frame.</summary>
public sealed class MemoryCheckpointTests
{
    private static readonly PhysicalAddress _page = PhysicalAddress.OfFrame(3);

    [Test]
    public void Contents_and_page_states_come_back()
    {
        var memory = new PhysicalMemory(1 << 20);
        memory.WriteUInt64(_page, 1);
        var checkpoint = new MemoryCheckpoint(memory);
        checkpoint.Save();
        Assert.That(memory.TryAllocate(0, out var frame), Is.True);
        memory.WriteUInt64(PhysicalAddress.OfFrame(frame), 2);
        memory.WriteUInt64(_page, 3);

        checkpoint.Restore();

        Assert.That(memory.ReadUInt64(_page), Is.EqualTo(1));
        Assert.That(memory.ReadUInt64(PhysicalAddress.OfFrame(frame)), Is.Zero);
        Assert.That(memory.State(frame).RefCount, Is.Zero);
    }

    [Test]
    public void A_freed_page_that_was_handed_out_again_has_its_old_content_back()
    {
        var memory = new PhysicalMemory(1 << 20);
        Assert.That(memory.TryAllocate(0, out var frame), Is.True);
        memory.WriteUInt64(PhysicalAddress.OfFrame(frame), 7);
        var checkpoint = new MemoryCheckpoint(memory);
        checkpoint.Save();
        memory.Free(frame);
        Assert.That(memory.TryAllocate(0, out var again), Is.True);
        Assert.That(again, Is.EqualTo(frame));
        memory.WriteUInt64(PhysicalAddress.OfFrame(again), 8);

        checkpoint.Restore();

        Assert.That(memory.ReadUInt64(PhysicalAddress.OfFrame(frame)), Is.EqualTo(7));
        Assert.That(memory.State(frame).RefCount, Is.EqualTo(1));
    }

    [Test]
    public void Saves_nest()
    {
        var memory = new PhysicalMemory(1 << 20);
        var checkpoint = new MemoryCheckpoint(memory);
        checkpoint.Save();
        memory.WriteUInt64(_page, 1);
        checkpoint.Save();
        memory.WriteUInt64(_page, 2);

        checkpoint.Restore();
        Assert.That(memory.ReadUInt64(_page), Is.EqualTo(1));
        checkpoint.Drop();
        checkpoint.Restore();

        Assert.That(memory.ReadUInt64(_page), Is.Zero);
        Assert.That(checkpoint.Depth, Is.EqualTo(1));
    }

    [Test]
    public void Two_ways_to_the_same_contents_have_one_hash()
    {
        var memory = new PhysicalMemory(1 << 20);
        var checkpoint = new MemoryCheckpoint(memory);
        checkpoint.Save();
        memory.WriteUInt64(_page, 1);
        memory.WriteUInt64(_page.Add(8), 2);
        var first = HashOf(checkpoint);
        checkpoint.Restore();
        memory.WriteUInt64(_page.Add(8), 2);
        var other = HashOf(checkpoint);
        memory.WriteUInt64(_page, 5);
        memory.WriteUInt64(_page, 1);
        var second = HashOf(checkpoint);

        Assert.That(second, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
    }

    [Test]
    public void One_memory_has_one_checkpoint()
    {
        var memory = new PhysicalMemory(1 << 20);
        _ = new MemoryCheckpoint(memory);

        Assert.Throws<InvalidOperationException>(() => _ = new MemoryCheckpoint(memory));
    }

    private static UInt128 HashOf(MemoryCheckpoint checkpoint)
    {
        checkpoint.Save();
        var hash = checkpoint.Hash;
        checkpoint.Drop();
        return hash;
    }
}
