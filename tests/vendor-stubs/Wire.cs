namespace HilBench.Vendor.Stubs;

/// <summary>What a stub of a package moves bytes through: two directions in memory, and a plug that can be pulled.</summary>
public sealed class Wire
{
    private readonly object _gate = new();
    private readonly Queue<byte> _toHost = new();
    private readonly Queue<byte> _toBoard = new();

    public bool IsPulled { get; private set; }

    public int WaitingForHost
    {
        get
        {
            lock (_gate)
            {
                return _toHost.Count;
            }
        }
    }

    public void Pull()
    {
        lock (_gate)
        {
            IsPulled = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, bool toHost)
    {
        lock (_gate)
        {
            foreach (var one in bytes)
            {
                (toHost ? _toHost : _toBoard).Enqueue(one);
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Bytes read; 0 after the timeout; -1 when the plug is pulled.</summary>
    public int Read(Span<byte> buffer, int timeoutMs, bool atHost)
    {
        lock (_gate)
        {
            var queue = atHost ? _toHost : _toBoard;
            if (queue.Count == 0 && !IsPulled && timeoutMs != 0)
            {
                Monitor.Wait(_gate, timeoutMs);
            }

            var count = 0;
            while (count < buffer.Length && queue.TryDequeue(out var one))
            {
                buffer[count++] = one;
            }

            return count == 0 && IsPulled ? -1 : count;
        }
    }
}
