using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// Sends Translation Requests and stores their answers, one entry a cycle, in the order in which they came.
/// </summary>
internal sealed class TranslationRequester
{
    private const ulong AnswerCycles = 2;
    private const ulong M19Window = 2;
    private const int M63Tags = 4;
    private const int PrefixBytes = 4;
    private const int LengthByte = 3;
    private const ulong AccessBits =
        (ulong)(TranslationFlags.R | TranslationFlags.W | TranslationFlags.U | TranslationFlags.Exe);

    private readonly ModelFault _fault;
    private readonly ConfigurationSpace _configuration;
    private readonly TranslationCache _cache;
    private readonly TransmitQueue _transmit;
    private readonly TranslationAsk[] _asks = new TranslationAsk[DmaEngine.Slots + 1];
    private readonly TranslationAsk[] _answered = new TranslationAsk[DmaEngine.Slots + 1]; // ring
    private readonly ulong[] _lastGood = new ulong[TranslationAsk.MaxTranslations]; // M58, M68
    private readonly TranslationAsk?[] _lastOfTag = new TranslationAsk?[M63Tags];
    private int _nextTag; // M63
    private int _head;
    private int _count;

    public TranslationRequester(
        ModelFault fault, ConfigurationSpace configuration, TranslationCache cache, TransmitQueue transmit)
    {
        _fault = fault;
        _configuration = configuration;
        _cache = cache;
        _transmit = transmit;
        for (var i = 0; i < _asks.Length; i++)
        {
            _asks[i] = new TranslationAsk(i);
        }
    }

    /// <summary>TIMEOUT: cycles after which a request is given up; 0: never.</summary>
    public uint Timeout { get; set; }

    /// <summary>When the next entry is stored.</summary>
    public ulong StoreAt { get; private set; } = Cycle.Never;

    public TranslationAsk this[int owner] => _asks[owner];

    /// <summary>Some request of any function waits for its answer.</summary>
    public bool IsAnyOut => Array.Exists(_asks, ask => ask.IsOut);

    public void Reset()
    {
        Array.Clear(_lastGood);
        Array.Clear(_lastOfTag);
        foreach (var ask in _asks)
        {
            ask.IsOut = ask.IsAnswered = false;
        }

        _head = _count = 0;
        StoreAt = Cycle.Never;
        Timeout = 0;
    }

    /// <summary>Sends a request whose question was filled in; there must be room.</summary>
    public void Send(TranslationAsk ask, ulong now)
    {
        var tag = ask.Tag;
        if (_fault == ModelFault.M63)
        {
            tag = (byte)(_nextTag++ % M63Tags);
            _lastOfTag[tag] = ask;
        }

        var request = new TranslationRequest(
            _configuration.IdOf(ask.Context.Function), tag, ask.Address, ask.Translations, ask.IsNoWrite);
        var options = ask.Context.ToOptions(ask.IsExecute, ask.TrafficClass);
        var room = _transmit.Room;
        var size = TlpWriter.WriteTranslationRequest(room, request, options);
        if (_fault == ModelFault.M62)
        {
            room[ask.Context.HasPasid ? PrefixBytes + LengthByte : LengthByte] = (byte)ask.Translations;
        }

        _transmit.Add(size, now);
        ask.Send(now);
    }

    /// <summary>When the first request that has no answer is given up.</summary>
    public ulong TimeoutAt()
    {
        if (Timeout == 0)
        {
            return Cycle.Never;
        }

        var first = Cycle.Never;
        foreach (var ask in _asks)
        {
            first = ask.IsWaiting ? Math.Min(first, ask.AskedAt + Timeout) : first;
        }

        return first;
    }

    /// <summary>The next request whose time is over; null when there is none.</summary>
    public TranslationAsk? NextTimedOut(ulong now)
    {
        foreach (var ask in _asks)
        {
            if (Timeout != 0 && ask.IsWaiting && now - ask.AskedAt >= Timeout)
            {
                ask.GiveUp();
                return ask;
            }
        }

        return null;
    }

    /// <summary>A completion for a function, with the tag of a Translation Request.</summary>
    /// <param name="tlp">The completion.</param>
    /// <param name="function">The function that it names.</param>
    /// <param name="movedTo">M65: the address for which it is stored; null: the one that was asked for.</param>
    /// <param name="now">This cycle.</param>
    /// <returns>The request whose tag is free now; null when the answer is to be stored, or is for nothing.</returns>
    public TranslationAsk? TakeAnswer(TlpView tlp, int function, ulong? movedTo, ulong now)
    {
        if (Find(tlp.Tag) is not { } ask)
        {
            return null;
        }

        if (_fault == ModelFault.M67 && !ask.IsOut && tlp.Tag < DmaEngine.Slots)
        {
            ask.Send(now);
            ask.IsGivenUp = true;
        }

        if (!ask.IsOut || ask.IsAnswered || ask.Context.Function != function)
        {
            return null;
        }

        if (ask.IsGivenUp && _fault is not (ModelFault.M66 or ModelFault.M67))
        {
            ask.IsOut = false;
            return ask;
        }

        ask.IsKilled = ask.IsKilled && !(_fault == ModelFault.M66 && ask.IsGivenUp);
        ask.IsAnswered = true;
        ask.Error = Judge(ask, tlp);
        ask.Entries = ask.Stored = 0;
        ask.StoreAddress = movedTo ?? ask.Address;
        ask.First = default;
        if (ask.Error == DmaError.None)
        {
            Keep(ask, tlp.Payload);
        }
        else if (_fault == ModelFault.M58 && _lastGood[0] != 0)
        {
            ask.Error = DmaError.None;
            ask.Answer[0] = _lastGood[0];
            ask.Entries = 1;
        }

        _answered[(_head + _count) % _answered.Length] = ask;
        _count++;
        if (_count == 1)
        {
            StoreAt = now + AnswerCycles;
        }

        return null;
    }

    /// <summary>Stores one entry of the first answer.</summary>
    /// <returns>The request that is done with; null when more entries follow.</returns>
    public TranslationAsk? Step(ulong now)
    {
        StoreAt = now + 1;
        var ask = _answered[_head];
        if (ask.IsKilled && _fault == ModelFault.M19 && now - ask.KilledAt <= M19Window)
        {
            ask.IsKilled = false;
        }

        if ((!ask.IsKilled || _fault == ModelFault.M20) && ask.Stored < ask.Entries)
        {
            StoreNext(ask, now);
            if (ask.Stored < ask.Entries)
            {
                return null;
            }
        }

        ask.IsOut = false;
        _head = (_head + 1) % _answered.Length;
        _count--;
        if (_count == 0)
        {
            StoreAt = Cycle.Never;
        }

        return ask;
    }

    /// <summary>Marks what an invalidation overtakes.</summary>
    public void Invalidate(in Invalidation request, ulong now)
    {
        if (_fault == ModelFault.M18)
        {
            return;
        }

        foreach (var ask in _asks)
        {
            var canMeet = _fault == ModelFault.M21
                ? ask.HasAsked(request.Range)
                : ask.CanMeet(request.Range);
            if (!ask.IsOut || !canMeet)
            {
                continue;
            }

            if (request.Concerns(ask.Context))
            {
                ask.IsKilled = true;
                ask.KilledAt = now;
            }
            else if (request.Function == ask.Context.Function)
            {
                ask.IsCrossed = true;
            }
        }
    }

    /// <summary>What a function has on its way is worth nothing any more.</summary>
    public void Kill(int function)
    {
        foreach (var ask in _asks)
        {
            if (ask.IsOut && ask.Context.Function == function)
            {
                ask.IsKilled = true;
                ask.KilledAt = 0;
            }
        }
    }

    /// <summary>Forgets what a function has on its way.</summary>
    public void Forget(int function)
    {
        foreach (var ask in _asks)
        {
            if (ask.IsOut && ask.Context.Function == function)
            {
                ask.Forget();
            }
        }
    }

    private void StoreNext(TranslationAsk ask, ulong now)
    {
        var entry = new TranslationEntry(ask.Answer[ask.Stored]);
        var granted = entry.GrantsAccess ? entry.Range : AtsRange.Page(ask.StoreAddress);
        if (granted.SizeShift < _configuration[ask.Context.Function].StuShift)
        {
            entry = new TranslationEntry(entry.Bits & ~AccessBits);
        }

        if (ask.Stored == 0)
        {
            ask.First = entry;
        }

        if (entry.Global && ask.Context.HasPasid && ask.IsCrossed)
        {
            ask.IsKilled = true;
        }

        var isKept = !ask.IsKilled || (_fault == ModelFault.M20 && ask.Stored != 0);
        var isInside = ask.Stored == 0 || ask.Block.Contains(ask.StoreAddress);
        if (entry.GrantsAccess && (!entry.U || _fault == ModelFault.M57) && isInside && isKept)
        {
            Fill(ask, entry, granted, now);
        }

        ask.Stored++;
        ask.StoreAddress = AtsRange.Around(ask.StoreAddress, granted.SizeShift).Last + 1;
        if (ask.StoreAddress == 0)
        {
            ask.Entries = ask.Stored; // the space ends here
        }
    }

    private void Fill(TranslationAsk ask, TranslationEntry entry, AtsRange granted, ulong now)
    {
        var kept = AtsRange.Around(ask.StoreAddress, Math.Min(granted.SizeShift, TranslationCache.MaxSizeShift));
        var offset = ulong.MaxValue >> (64 - granted.SizeShift);
        var hasPasid = ask.Context.HasPasid;
        var keptFlags = TranslationFlags.R | TranslationFlags.W | (hasPasid ? TranslationFlags.Exe : 0);
        var ones = _fault == ModelFault.M59 ? entry.Bits & offset & ~0xFFFUL : 0;
        _cache.Fill(
            new CachedTranslation
            {
                Base = kept.Base,
                Begin = ask.StoreAddress,
                Compared = ulong.MaxValue << kept.SizeShift,
                Translated = granted.Base | (kept.Base & offset) | ones,
                Context = ask.Context,
                Access = entry.Flags & keptFlags,
                IsGlobal = entry.Global && hasPasid,
                IsPrefetched = ask.Owner == TranslationAsk.Prefetcher,
                SizeShift = (byte)kept.SizeShift,
            },
            now);
    }

    private TranslationAsk? Find(byte tag)
    {
        if (_fault == ModelFault.M63)
        {
            return tag < M63Tags ? _lastOfTag[tag] : null;
        }

        var ask = _asks[Math.Min((int)tag, TranslationAsk.Prefetcher)];
        return ask.Tag == tag ? ask : null;
    }

    private void Keep(TranslationAsk ask, ReadOnlySpan<byte> payload)
    {
        var entries = new TranslationEntryReader(payload);
        while (entries.TryNext(out var entry))
        {
            _lastGood[ask.Entries] = entry.Bits;
            ask.Answer[ask.Entries++] = entry.Bits;
        }

        for (; _fault == ModelFault.M68 && ask.Entries < ask.Translations; ask.Entries++)
        {
            ask.Answer[ask.Entries] = _lastGood[ask.Entries];
        }
    }

    private static DmaError Judge(TranslationAsk ask, TlpView tlp)
    {
        if (tlp.Status == CompletionStatus.UnsupportedRequest)
        {
            return DmaError.TranslationUnsupported;
        }

        var payload = tlp.Payload.Length;
        var isGood = tlp.Kind == TlpKind.CompletionWithData
            && tlp.Status == CompletionStatus.SuccessfulCompletion
            && !tlp.IsPoisoned
            && payload % TranslationEntry.SizeBytes == 0
            && payload <= ask.Translations * TranslationEntry.SizeBytes
            && payload == tlp.ByteCount;
        return isGood ? DmaError.None : DmaError.TranslationFailed;
    }
}
