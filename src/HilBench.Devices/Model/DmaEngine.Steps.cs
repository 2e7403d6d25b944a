using System.Buffers.Binary;
using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>The steps of an operation.</summary>
internal sealed partial class DmaEngine
{
    private const ulong LookupCycles = 2;
    private const ulong PageOffset = 0xFFF;
    private const int MaxPageSuccesses = 4;

    /// <summary>One of the slots that want to gets the cache, the next one in turn; the others wait a cycle.</summary>
    private void LookUpOne(uint wanting, ulong now, bool isCacheTaken)
    {
        for (var left = wanting; left != 0; left &= left - 1)
        {
            _schedule.Delay(BitOperations.TrailingZeroCount(left), now + 1);
        }

        if (!isCacheTaken)
        {
            var later = wanting & (uint.MaxValue << (_lastLookup + 1));
            _lastLookup = BitOperations.TrailingZeroCount(later != 0 ? later : wanting);
            LookUp(_slots[_lastLookup], now);
        }
    }

    private void LookUp(DmaSlot slot, ulong now)
    {
        if (slot.Error != DmaError.None || !IsEnabledFor(slot))
        {
            slot.Fail(DmaError.NotEnabled, now);
            return;
        }

        if (slot.Operation != DmaOperation.Write && !_memory.CanRead(slot))
        {
            slot.Go(SlotPhase.Lookup, Cycle.Never); // until one of its reads is back
            return;
        }

        var phase = SlotPhase.IssueMemory;
        var delay = LookupCycles;
        var address = slot.NextAddress;
        slot.UsesNone = slot.IsUntranslated;
        if (slot.IsUntranslated)
        {
            slot.TranslatedAddress = address;
        }
        else if (IsRefusedAlready(slot))
        {
            slot.Fail(DmaError.NoAccess, now);
            return;
        }
        else if (FindsWrongly(slot))
        {
            slot.UsedRange = AtsRange.Page(address);
        }
        else if (_cache.TryLookup(slot.Engine, address, slot.Context, slot.Need, out var found))
        {
            Hits++;
            slot.TranslatedAddress = found.Translate(address);
            slot.UsedRange = found.Range;
            slot.UsesGlobal = found.IsGlobal;
            slot.KeptPage = _fault == ModelFault.M32 ? address >> 12 : ulong.MaxValue;
            _usedClasses[slot.Context.Function] |= 1 << slot.TrafficClass;
            delay += _fault == ModelFault.M80 ? LookupCycles : 0;
        }
        else
        {
            Misses++;
            phase = SlotPhase.IssueTranslation;
        }

        slot.Go(phase, now + delay);
    }

    /// <summary>
    /// Where a faulty device has a translated address from, other than the ATC; false: it asks the ATC.
    /// </summary>
    private bool FindsWrongly(DmaSlot slot)
    {
        var address = slot.NextAddress;
        switch (_fault)
        {
            case ModelFault.M22 or ModelFault.M55 when slot.KeptPage == address >> 12:
            case ModelFault.M32 when slot.KeptPage == address >> 12:
                slot.TranslatedAddress = (slot.TranslatedAddress & ~PageOffset) | (address & PageOffset);
                slot.KeptPage = _fault == ModelFault.M32 ? slot.KeptPage : ulong.MaxValue;
                return true;
            case ModelFault.M64 when !_configuration[slot.Context.Function].IsAtsEnabled:
            case ModelFault.M70 when slot.PageSuccesses > 0:
                slot.TranslatedAddress = address;
                return true;
            default:
                return false;
        }
    }

    private bool IsRefusedAlready(DmaSlot slot) => _fault == ModelFault.M56
        && slot.NextAddress >> 12 == _refusedPage && slot.Context == _refusedContext;

    /// <summary>M65: the page at which the slot of a Translation Request is now; null: no matter.</summary>
    private ulong? MovedTo(byte tag) =>
        _fault == ModelFault.M65 && tag < Slots ? _slots[tag].NextAddress & ~PageOffset : null;

    /// <summary>M22, M55: the slot's next lookup of the page is served by an answer that is worth nothing.</summary>
    private static void Keep(TranslationAsk ask, DmaSlot slot)
    {
        if (ask.Entries > 0)
        {
            var granted = new TranslationEntry(ask.Answer[0]).Range;
            slot.KeptPage = ask.Address >> 12;
            slot.TranslatedAddress = granted.Base | (ask.Address & (granted.Last - granted.Base));
        }
    }

    private void Issue(DmaSlot slot, ulong now)
    {
        if (slot.Phase == SlotPhase.Finish)
        {
            Finish(slot, now);
        }
        else if (!IsEnabledFor(slot))
        {
            DrainSlots &= ~(1u << slot.Index);
            slot.Fail(DmaError.NotEnabled, now);
        }
        else if (slot.Phase == SlotPhase.IssueTranslation)
        {
            AskForTranslation(slot, now);
        }
        else if (slot.Phase == SlotPhase.RequestPages)
        {
            RequestPages(slot, now);
        }
        else
        {
            IssueMemory(slot, now);
        }
    }

    private void AskForTranslation(DmaSlot slot, ulong now)
    {
        var ask = _requester[slot.Index];
        if (ask.IsOut)
        {
            slot.Go(SlotPhase.IssueTranslation, Cycle.Never); // until the tag is free
            return;
        }

        ask.Address = slot.NextAddress & ~PageOffset;
        ask.Context = slot.Context;
        ask.Translations = slot.Translations;
        ask.TrafficClass = slot.TrafficClass;
        ask.IsNoWrite = slot.IsNoWrite && slot.Operation == DmaOperation.Read;
        ask.IsExecute = slot.IsExecute;
        _requester.Send(ask, now);
        slot.Go(SlotPhase.AwaitTranslation, Cycle.Never);
    }

    /// <summary>The answer to a Translation Request is stored, or was worth nothing.</summary>
    private void EndTranslation(TranslationAsk ask, ulong now)
    {
        if (ask.Owner == TranslationAsk.Prefetcher || ask.IsGivenUp)
        {
            WakeAsker(ask, now);
            return;
        }

        var slot = _slots[ask.Owner];
        if (ask.IsKilled)
        {
            if (_fault == ModelFault.M22)
            {
                Keep(ask, slot);
            }

            slot.Go(SlotPhase.Lookup, now + 1); // asks again
            return;
        }

        if (ask.Error != DmaError.None)
        {
            slot.Fail(ask.Error, now);
            return;
        }

        if (ask.First.GrantsAccess && !ask.First.U)
        {
            Prefetcher.TakeGrant(ask, now);
        }

        if ((slot.Need & ~ask.First.Flags) == 0)
        {
            Use(ask.First, slot, now);
        }
        else if (_fault == ModelFault.M55 && !ask.First.GrantsAccess)
        {
            Keep(ask, slot);
            slot.Go(SlotPhase.Lookup, now + 1);
        }
        else if (slot.AsksForPages && slot.PageSuccesses < MaxPageSuccesses)
        {
            slot.Go(SlotPhase.RequestPages, now + 1);
        }
        else
        {
            (_refusedPage, _refusedContext) = (ask.Address >> 12, ask.Context);
            slot.Fail(DmaError.NoAccess, now);
        }
    }

    private void Use(TranslationEntry granted, DmaSlot slot, ulong now)
    {
        if (granted.U && _fault != ModelFault.M57)
        {
            slot.UsesNone = true;
            slot.TranslatedAddress = slot.NextAddress;
            slot.Go(SlotPhase.IssueMemory, now + 1);
            return;
        }

        slot.Go(SlotPhase.Lookup, now + 1); // finds what was stored
    }

    /// <summary>A tag is free: the slot whose it is may wait for it.</summary>
    private void WakeAsker(TranslationAsk ask, ulong now)
    {
        if (ask.Owner != TranslationAsk.Prefetcher && _slots[ask.Owner].Phase == SlotPhase.IssueTranslation)
        {
            _slots[ask.Owner].Wake(now);
        }
    }

    private void RequestPages(DmaSlot slot, ulong now)
    {
        if (_pages.IsOff(slot.Context.Function))
        {
            slot.Fail(DmaError.PageRequestFailed, now);
        }
        else if (!_pages.CanSend(slot))
        {
            slot.Go(SlotPhase.RequestPages, Cycle.Never); // until a response makes room
        }
        else
        {
            _pages.Send(slot, now);
            slot.Go(SlotPhase.AwaitPages, Cycle.Never);
        }
    }

    private static void EndPageRequest(DmaSlot slot, PrgResponseCode code, ulong now)
    {
        switch (code)
        {
            case PrgResponseCode.Success:
                slot.PageSuccesses++;
                slot.Go(SlotPhase.Lookup, now + 1);
                break;
            case PrgResponseCode.InvalidRequest:
                slot.Fail(DmaError.PageRefused, now);
                break;
            default:
                slot.Fail(DmaError.PageRequestFailed, now);
                break;
        }
    }

    /// <summary>Ends the operations of a function that wait to send Page Requests, or for the response.</summary>
    private void FailPageRequests(DmaError error, int function, ulong now)
    {
        foreach (var slot in _slots)
        {
            if (slot.Phase is SlotPhase.AwaitPages or SlotPhase.RequestPages && slot.Context.Function == function)
            {
                _pages.Abandon(slot.Index);
                slot.Fail(error, now);
            }
        }
    }

    private void WakePageRequests(ulong now)
    {
        foreach (var slot in _slots)
        {
            if (slot.Phase == SlotPhase.RequestPages)
            {
                slot.Wake(now);
            }
        }
    }

    private void IssueMemory(DmaSlot slot, ulong now)
    {
        var drainBit = 1u << slot.Index;
        _memory.Issue(slot, (DrainSlots & drainBit) != 0, now);
        DrainSlots &= ~drainBit;
        slot.PageSuccesses = _fault == ModelFault.M70 ? slot.PageSuccesses : 0;
        if (slot.IssuedBytes < slot.LengthBytes)
        {
            slot.Go(SlotPhase.Lookup, now + 1);
        }
        else
        {
            slot.End(now);
        }
    }

    private void Finish(DmaSlot slot, ulong now)
    {
        var function = slot.Context.Function;
        if (Notify != 0 && _configuration[function].IsActive)
        {
            Span<byte> record = stackalloc byte[16];
            BinaryPrimitives.WriteUInt32LittleEndian(record, slot.FinalStatus);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], slot.DataLo);
            BinaryPrimitives.WriteUInt32LittleEndian(record[8..], slot.DataHi);
            BinaryPrimitives.WriteUInt32LittleEndian(record[12..], slot.Digest);
            var request = new MemoryRequest(_configuration.IdOf(function), 0, Notify + 16 * (uint)slot.Index);
            _transmit.Add(TlpWriter.WriteMemoryWrite(_transmit.Room, request, record), now);
        }

        slot.IsDone = true;
        slot.Go(SlotPhase.Idle, Cycle.Never);
    }

    /// <summary>No translation of a function from before, stored or on its way, is used any more.</summary>
    private void ForgetTranslations(int function, ulong now)
    {
        if (!_keepsOver[function])
        {
            _cache.Drop(function);
        }

        _requester.Kill(function);
        Prefetcher.Forget(function);
        foreach (var slot in _slots)
        {
            if (slot.Context.Function != function)
            {
                continue;
            }

            slot.KeptPage = ulong.MaxValue;
            if (slot.Phase == SlotPhase.IssueMemory && !slot.UsesNone)
            {
                DrainSlots &= ~(1u << slot.Index);
                slot.Go(SlotPhase.Lookup, now + 1);
            }
        }
    }

    /// <summary>Function-level reset.</summary>
    private void Forget(int function)
    {
        _keepsOver[function] = _fault == ModelFault.M49;
        if (!_keepsOver[function])
        {
            _cache.Drop(function);
        }

        _requester.Forget(function);
        _memory.Forget(function);
        _pages.Forget(function);
        Prefetcher.Forget(function);
        _usedClasses[function] = 0;
        foreach (var slot in _slots)
        {
            if (slot.IsBusy && slot.Context.Function == function)
            {
                DrainSlots &= ~(1u << slot.Index);
                slot.Forget();
            }
        }

        if (function == 0)
        {
            ResetRegisters();
        }
    }

    /// <summary>Ends the operations of a function, or of one PASID of it.</summary>
    private void EndOperations(DmaError error, int function, Pasid? pasid, ulong now)
    {
        foreach (var slot in _slots)
        {
            var isMeant = slot.Context.Function == function && (pasid is null || slot.Context.Pasid == pasid);
            if (!isMeant || slot.Phase is SlotPhase.Idle or SlotPhase.Finish)
            {
                continue;
            }

            DrainSlots &= ~(1u << slot.Index);
            _pages.Abandon(slot.Index);
            if (_requester[slot.Index].IsOut)
            {
                _requester[slot.Index].GiveUp();
            }

            slot.Fail(error, now);
        }
    }

    private bool IsEnabledFor(DmaSlot slot)
    {
        var space = _configuration[slot.Context.Function];
        return space.IsActive
            && (slot.IsUntranslated || space.IsAtsEnabled || _fault == ModelFault.M64)
            && (!slot.Context.HasPasid || space.IsPasidEnabled)
            && (!slot.IsExecute || space.IsExecuteEnabled)
            && (!slot.Context.IsPrivileged || space.IsPrivilegedEnabled)
            && (slot.Operation != DmaOperation.Atomic || space.IsAtomicEnabled);
    }
}
