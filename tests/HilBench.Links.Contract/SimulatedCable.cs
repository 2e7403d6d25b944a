using HilBench.Journal;

namespace HilBench.Links.Contract;

/// <summary>
/// Two carriers joined by a cable in virtual time. Whoever waits at the host's end lets the board take its steps and moves
/// the clock. What goes wrong is decided by a seed.
/// </summary>
public sealed class SimulatedCable
{
    private readonly VirtualTime _time;
    private readonly SeededChoice _choice;
    private readonly Direction _toBoard = new();
    private readonly Direction _toHost = new();

    public SimulatedCable(VirtualTime time, CableFaults? faults = null, ulong seed = 1)
    {
        _time = time;
        _choice = new SeededChoice(seed);
        Faults = faults ?? new CableFaults();
        HostEnd = new End(this, _toBoard, _toHost, isHost: true);
        BoardEnd = new End(this, _toHost, _toBoard, isHost: false);
    }

    public CableFaults Faults { get; set; }

    public ICarrier HostEnd { get; }

    public ICarrier BoardEnd { get; }

    /// <summary>The board's step: never waits.</summary>
    public Action BoardStep { get; set; } = () => { };

    /// <summary>When the board has something to do by time, microseconds.</summary>
    public Func<long> BoardTimerUs { get; set; } = () => long.MaxValue;

    /// <summary>Called before each wait of the host: to pull a cable or restart a board in the middle.</summary>
    public Action<long> Meanwhile { get; set; } = _ => { };

    public bool IsPulled { get; set; }

    /// <summary>Writes of the host, for tests that say "in the middle".</summary>
    public long HostWrites { get; private set; }

    /// <summary>What is on its way is lost.</summary>
    public void Clear()
    {
        _toBoard.Clear();
        _toHost.Clear();
    }

    /// <summary>Bytes that nobody sent come to the host.</summary>
    public void Inject(ReadOnlySpan<byte> bytes) => _toHost.Add(bytes, _time.NowUs);

    private void Write(Direction direction, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var chunk = bytes[..Math.Min(bytes.Length, 1 + (int)_choice.Below((ulong)Faults.ChunkBytes))];
            bytes = bytes[chunk.Length..];
            direction.BusyUntilNs = Math.Max(direction.BusyUntilNs, _time.NowUs * 1000) + ((long)chunk.Length * Faults.ByteNs);
            var arrival = (direction.BusyUntilNs / 1000) + Faults.LatencyUs + (Happens(Faults.StalledPerMille) ? 200_000 : 0);
            if (Happens(Faults.LostPerMille))
            {
                continue;
            }

            Carry(direction, chunk, arrival);
            if (Happens(Faults.DoubledPerMille))
            {
                Carry(direction, chunk, arrival);
            }
        }
    }

    private void Carry(Direction direction, ReadOnlySpan<byte> chunk, long arrival)
    {
        Span<byte> altered = stackalloc byte[256];
        while (!chunk.IsEmpty)
        {
            var piece = altered[..Math.Min(chunk.Length, altered.Length)];
            chunk[..piece.Length].CopyTo(piece);
            chunk = chunk[piece.Length..];
            for (var i = 0; i < piece.Length && Faults.AlteredPerMille > 0; i++)
            {
                piece[i] ^= Happens(Faults.AlteredPerMille) ? (byte)(1 << (int)_choice.Below(8)) : (byte)0;
            }

            direction.Add(piece, arrival);
        }
    }

    private bool Happens(int perMille) => perMille > 0 && _choice.Below(1000) < (ulong)perMille;

    private int ReadAtHost(Span<byte> buffer, Deadline deadline)
    {
        while (true)
        {
            Meanwhile(_time.NowUs);
            ThrowIfPulled();
            if (_toHost.Read(buffer, _time.NowUs) is var count and > 0)
            {
                return count;
            }

            BoardStep();
            if (_toHost.NextUs <= _time.NowUs)
            {
                continue;
            }

            if (deadline.HasPassed)
            {
                return 0;
            }

            var next = Math.Min(Math.Min(_toHost.NextUs, _toBoard.NextUs), BoardTimerUs());
            var wait = TimeSpan.FromMicroseconds(Math.Max(0, Math.Min(next - _time.NowUs, 3_600_000_000)));
            _time.Advance(wait < deadline.Left ? wait : deadline.Left);
        }
    }

    private void ThrowIfPulled()
    {
        if (IsPulled)
        {
            throw new BenchException(BenchLayer.Cable, "simulated: the cable was pulled", "Plug it in.");
        }
    }

    private sealed class End(SimulatedCable cable, Direction outgoing, Direction incoming, bool isHost) : ICarrier
    {
        public string Name => "simulated";

        public CarrierAbilities Abilities => CarrierAbilities.None;

        public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
        {
            cable.ThrowIfPulled();
            cable.HostWrites += isHost ? 1 : 0;
            cable.Write(outgoing, bytes);
        }

        public int Read(Span<byte> buffer, Deadline deadline) =>
            isHost ? cable.ReadAtHost(buffer, deadline) : incoming.Read(buffer, cable._time.NowUs);

        public void Dispose()
        {
            // Nothing outside of managed memory.
        }
    }

    /// <summary>Bytes on their way, in order; each chunk with the time of its arrival.</summary>
    private sealed class Direction
    {
        private byte[] _bytes = new byte[1 << 16];
        private (long ArrivalUs, int Length)[] _chunks = new (long, int)[1 << 10];
        private int _byteStart;
        private int _byteCount;
        private int _chunkStart;
        private int _chunkCount;
        private long _lastArrivalUs;

        public long NextUs => _chunkCount == 0 ? long.MaxValue : _chunks[_chunkStart].ArrivalUs;

        public long BusyUntilNs { get; set; }

        public void Clear() => (_byteStart, _byteCount, _chunkStart, _chunkCount, BusyUntilNs) = (0, 0, 0, 0, 0);

        public void Add(ReadOnlySpan<byte> bytes, long arrivalUs)
        {
            Grow(bytes.Length);
            _lastArrivalUs = Math.Max(_lastArrivalUs, arrivalUs);
            _chunks[(_chunkStart + _chunkCount++) % _chunks.Length] = (_lastArrivalUs, bytes.Length);
            foreach (var one in bytes)
            {
                _bytes[(_byteStart + _byteCount++) % _bytes.Length] = one;
            }
        }

        public int Read(Span<byte> buffer, long nowUs)
        {
            var read = 0;
            while (_chunkCount > 0 && _chunks[_chunkStart].ArrivalUs <= nowUs && read < buffer.Length)
            {
                ref var chunk = ref _chunks[_chunkStart];
                var length = Math.Min(chunk.Length, buffer.Length - read);
                for (var i = 0; i < length; i++)
                {
                    buffer[read++] = _bytes[(_byteStart + i) % _bytes.Length];
                }

                _byteStart = (_byteStart + length) % _bytes.Length;
                _byteCount -= length;
                chunk.Length -= length;
                if (chunk.Length == 0)
                {
                    _chunkStart = (_chunkStart + 1) % _chunks.Length;
                    _chunkCount--;
                }
            }

            return read;
        }

        private void Grow(int more)
        {
            if (_byteCount + more > _bytes.Length)
            {
                var bytes = new byte[Math.Max(2 * _bytes.Length, _byteCount + more)];
                for (var i = 0; i < _byteCount; i++)
                {
                    bytes[i] = _bytes[(_byteStart + i) % _bytes.Length];
                }

                (_bytes, _byteStart) = (bytes, 0);
            }

            if (_chunkCount == _chunks.Length)
            {
                var chunks = new (long, int)[2 * _chunks.Length];
                for (var i = 0; i < _chunkCount; i++)
                {
                    chunks[i] = _chunks[(_chunkStart + i) % _chunks.Length];
                }

                (_chunks, _chunkStart) = (chunks, 0);
            }
        }
    }
}
