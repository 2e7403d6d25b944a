namespace HilBench.Links.Mailbox;

/// <summary>
/// One end of a ring of bytes in a mailbox. The writer's end moves the producer, the reader's end the consumer; each
/// remembers its own index, since only it writes it. Source: docs/bar-mailbox.md, BAR-1, BAR-2, BAR-6.
/// </summary>
internal sealed class MailboxRing
{
    private readonly MappedMemory _memory;
    private readonly uint _offset;
    private readonly uint _size;
    private readonly int _producerAt;
    private readonly int _consumerAt;
    private uint _mine;

    public MailboxRing(MappedMemory memory, uint offset, uint size, int producerAt, int consumerAt, uint mine) =>
        (_memory, _offset, _size, _producerAt, _consumerAt, _mine) = (memory, offset, size, producerAt, consumerAt, mine);

    /// <summary>At the reader's end: whether the writer's index is one that it cannot have. The other side restarted, or is gone.</summary>
    public bool IsProducerWrong => _memory.ReadWord(_producerAt) - _mine > _size;

    /// <summary>At the writer's end: whether the reader's index is one that it cannot have.</summary>
    public bool IsConsumerWrong => _mine - _memory.ReadWord(_consumerAt) > _size;

    /// <summary>Takes what is there.</summary>
    /// <returns>Bytes taken; 0 too when the index is wrong.</returns>
    public int Read(Span<byte> buffer)
    {
        var count = _memory.ReadWord(_producerAt) - _mine;
        if (count == 0 || count > _size)
        {
            return 0;
        }

        var length = (int)Math.Min(count, (uint)buffer.Length);
        var at = _mine & (_size - 1);
        var first = (int)Math.Min((uint)length, _size - at);
        _memory.Read(_offset + at, buffer[..first]);
        _memory.Read(_offset, buffer[first..length]);
        _mine += (uint)length;
        _memory.WriteWord(_consumerAt, _mine);
        return length;
    }

    /// <summary>Puts as many bytes as there is room for.</summary>
    /// <returns>Bytes put; 0 too when the index is wrong.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        var used = _mine - _memory.ReadWord(_consumerAt);
        if (used >= _size)
        {
            return 0;
        }

        var length = (int)Math.Min(_size - used, (uint)bytes.Length);
        var at = _mine & (_size - 1);
        var first = (int)Math.Min((uint)length, _size - at);
        _memory.Write(_offset + at, bytes[..first]);
        _memory.Write(_offset, bytes[first..length]);
        _mine += (uint)length;
        _memory.WriteWord(_producerAt, _mine);
        return length;
    }

    /// <summary>At the reader's end: drops what is there (BAR-5, BAR-6).</summary>
    public void Drop()
    {
        _mine = _memory.ReadWord(_producerAt);
        _memory.WriteWord(_consumerAt, _mine);
    }
}
