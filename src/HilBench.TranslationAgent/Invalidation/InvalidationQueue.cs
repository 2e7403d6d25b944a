using System.Numerics;
using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>
/// The agent's side of the invalidation protocol for one function: cuts ranges into Invalidate Requests, hands out
/// ITags, keeps to the Invalidate Queue Depth, counts completions and watches deadlines.
/// </summary>
public sealed class InvalidationQueue
{
    private const int Tags = 32;
    private readonly ITlpPort _port;
    private readonly EventJournal _journal;
    private readonly RequesterId _agent;
    private readonly byte[] _tlp = new byte[64];
    private readonly ulong[] _sentAt = new ulong[Tags];
    private readonly ulong[] _ticketOf = new ulong[Tags];
    private readonly byte[] _received = new byte[Tags];
    private Pending[] _pending = new Pending[64];
    private ulong _oldestTicket;
    private ulong _sendingTicket;
    private ulong _nextTicket;
    private uint _busy;
    private int _tagCursor;

    /// <summary>Makes an idle queue.</summary>
    /// <param name="port">Where requests go.</param>
    /// <param name="agent">Requester ID of the translation agent.</param>
    /// <param name="journal">Its clock stamps requests and deadlines.</param>
    public InvalidationQueue(ITlpPort port, RequesterId agent, EventJournal journal)
    {
        _port = port;
        _agent = agent;
        _journal = journal;
    }

    /// <summary>The function that is invalidated.</summary>
    public RequesterId Function { get; set; }

    /// <summary>Requests that may be outstanding: the device's Invalidate Queue Depth, at most 32.</summary>
    public int Depth { get; set; } = Tags;

    /// <summary>log2 of the smallest block: 12 plus the STU.</summary>
    public int SmallestShift { get; set; } = 12;

    /// <summary>Bit i: ITag i is left to others, for requests that do not go through this queue.</summary>
    public uint ReservedTags { get; set; }

    /// <summary>Whether "everything" is said by all ones in 63:11 instead of all ones but the highest (ATS-INV-007).</summary>
    public bool SaysEverythingWithAllOnes { get; set; }

    /// <summary>Whether requests carry a digest (TD = 1).</summary>
    public bool HasDigest { get; set; }

    /// <summary>Payload bits that are set besides those that say something: reserved ones (ATS-ICP-026).</summary>
    public ulong ExtraPayloadBits { get; set; }

    /// <summary>How ranges are cut unless a call says otherwise.</summary>
    public InvalidationPolicy Policy { get; set; }

    /// <summary>Whether requests are kept back: the function is being reset.</summary>
    public bool IsSuspended
    {
        get;
        set
        {
            field = value;
            Send();
        }
    }

    /// <summary>Cycles that the device has for each request.</summary>
    public ulong DeadlineCycles
    {
        get;
        set
        {
            field = value;
            UpdateDeadline();
        }
    } = 200_000;

    /// <summary>Requests sent and not completed.</summary>
    public int Outstanding => BitOperations.PopCount(_busy);

    /// <summary>Bit i: ITag i is in use.</summary>
    public uint BusyTags => _busy;

    /// <summary>Requests completed since the start.</summary>
    public long Completed { get; private set; }

    /// <summary>Whether nothing is queued and nothing outstanding.</summary>
    public bool IsIdle => _oldestTicket == _nextTicket;

    /// <summary>Whether a deadline passed: nothing more is sent until <see cref="Reset"/>.</summary>
    public bool IsQuarantined { get; private set; }

    /// <summary>
    /// The time of the next deadline; <see cref="ulong.MaxValue"/> when nothing is outstanding or the function is
    /// quarantined already.
    /// </summary>
    public ulong NextDeadline { get; private set; } = ulong.MaxValue;

    /// <summary>Queues the invalidation of a range and sends what can be sent.</summary>
    /// <param name="target">PASID and Global bit.</param>
    /// <param name="first">First byte.</param>
    /// <param name="last">Last byte, inclusive.</param>
    /// <param name="policy">How to cut it; null for <see cref="Policy"/>.</param>
    /// <returns>A ticket for <see cref="IsDone"/>.</returns>
    public ulong Enqueue(InvalidationTarget target, ulong first, ulong last, InvalidationPolicy? policy = null)
    {
        if (_nextTicket - _oldestTicket == (ulong)_pending.Length)
        {
            Grow();
        }

        var ticket = _nextTicket++;
        _pending[Slot(ticket)] = new Pending
        {
            Target = target,
            Blocks = new BlockSplitter(first, last, policy ?? Policy, SmallestShift),
        };
        var record = new InvalidationRecord(ticket, first, last, target.Pasid?.Value ?? InvalidationRecord.NoPasid, target.IsGlobal, Function.Value);
        _journal.Append(JournalKind.InvalidationBegin, in record);
        Send();
        return ticket;
    }

    /// <summary>Whether every request of the ticket has all its completions.</summary>
    public bool IsDone(ulong ticket) => ticket < _oldestTicket || _pending[Slot(ticket)].IsDone;

    /// <summary>Takes an Invalidate Completion. Bits of tags that are not in use are ignored; judging them is the checker's work.</summary>
    public void Complete(uint tagVector, int count)
    {
        for (var rest = tagVector & _busy; rest != 0; rest &= rest - 1)
        {
            var tag = BitOperations.TrailingZeroCount(rest);
            if (++_received[tag] < count)
            {
                continue;
            }

            _busy &= ~(1u << tag);
            Completed++;
            ref var pending = ref _pending[Slot(_ticketOf[tag])];
            pending.Outstanding--;
            Retire();
        }

        UpdateDeadline();
        Send();
    }

    /// <summary>Quarantines the function when a deadline has passed. Returns whether that is so.</summary>
    public bool CheckDeadline(ulong now)
    {
        if (!IsQuarantined && now >= NextDeadline)
        {
            IsQuarantined = true;
            var record = new QuarantineRecord(_busy, NextDeadline, Function.Value);
            _journal.Append(JournalKind.Quarantine, in record);
            NextDeadline = ulong.MaxValue;
        }

        return IsQuarantined;
    }

    /// <summary>Completions that a tag has received so far.</summary>
    public int ReceivedFor(ITag tag) => _received[tag.Value];

    /// <summary>Forgets everything: after a reset of the device.</summary>
    public void Reset()
    {
        _busy = 0;
        _oldestTicket = _sendingTicket = _nextTicket;
        NextDeadline = ulong.MaxValue;
        IsQuarantined = false;
    }

    private void Send()
    {
        while (_sendingTicket != _nextTicket && Outstanding < Depth && (_busy | ReservedTags) != uint.MaxValue && !IsQuarantined && !IsSuspended)
        {
            ref var pending = ref _pending[Slot(_sendingTicket)];
            if (!pending.Blocks.TryNext(out var start, out var shift))
            {
                pending.IsCut = true;
                _sendingTicket++;
                Retire();
                continue;
            }

            var tag = NextTag();
            _busy |= 1u << tag;
            _received[tag] = 0;
            _ticketOf[tag] = _sendingTicket;
            _sentAt[tag] = _journal.Clock.Now;
            pending.Outstanding++;
            Write(pending.Target, tag, start, shift);
            UpdateDeadline();
        }
    }

    private void Write(InvalidationTarget target, int tag, ulong start, int shift)
    {
        var payload = new AtsRange(start, shift).ToInvalidatePayload(target.IsGlobal) | ExtraPayloadBits;
        payload |= shift == 64 && SaysEverythingWithAllOnes ? ~0x7FFUL : 0;
        var request = new InvalidateRequest(_agent, Function, new ITag((byte)tag), payload);
        var size = TlpWriter.WriteInvalidateRequest(_tlp, in request, TlpOptions.WithPasid(target.Pasid));
        size = HasDigest ? TlpDigest.Append(_tlp, size) : size;
        _port.Send(_tlp.AsSpan(0, size), DownstreamClass.InvalidateRequest);
    }

    // Round robin, so that all 32 tags are used and a late completion of an old request is not taken for a new one's.
    private int NextTag()
    {
        while (((_busy | ReservedTags) >> _tagCursor & 1) != 0)
        {
            _tagCursor = (_tagCursor + 1) % Tags;
        }

        var tag = _tagCursor;
        _tagCursor = (_tagCursor + 1) % Tags;
        return tag;
    }

    private void Retire()
    {
        while (_oldestTicket != _nextTicket && _pending[Slot(_oldestTicket)].IsDone)
        {
            var record = new InvalidationRecord(_oldestTicket, 0, 0, InvalidationRecord.NoPasid, false, Function.Value);
            _oldestTicket++;
            _journal.Append(JournalKind.InvalidationEnd, in record);
        }
    }

    private void UpdateDeadline()
    {
        NextDeadline = ulong.MaxValue;
        for (var rest = IsQuarantined ? 0 : _busy; rest != 0; rest &= rest - 1)
        {
            var due = _sentAt[BitOperations.TrailingZeroCount(rest)] + DeadlineCycles;
            NextDeadline = Math.Min(NextDeadline, due);
        }
    }

    private int Slot(ulong ticket) => (int)(ticket & (ulong)(_pending.Length - 1));

    private void Grow()
    {
        var larger = new Pending[_pending.Length * 2];
        for (var ticket = _oldestTicket; ticket != _nextTicket; ticket++)
        {
            larger[(int)(ticket & (ulong)(larger.Length - 1))] = _pending[Slot(ticket)];
        }

        _pending = larger;
    }

    private struct Pending
    {
        public InvalidationTarget Target;
        public BlockSplitter Blocks;
        public int Outstanding;
        public bool IsCut;

        public readonly bool IsDone => IsCut && Outstanding == 0;
    }
}
