using System.Globalization;
using System.Numerics;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Checking;

/// <summary>
/// Checks the data of every DMA operation against the CPU page table: what was read must be what some allowed order of
/// CPU stores, device writes and page-table changes could have put there; what was written must be where the CPU looks
/// for it. A change stays allowed to be seen either way until the CPU operation that makes it has returned.
/// </summary>
internal sealed partial class DataOracle
{
    /// <summary>Contexts beside the own one that make the same address "under many PASIDs" (ATS-PAS-008).</summary>
    private const int Many = 7;

    /// <summary>The last DW in front of a boundary at which every device cuts its reads: Max Read Request Size is 128 bytes at least.</summary>
    private const ulong ReadBoundary = 0x7C;
    private readonly CheckContext _context;
    private readonly CommandTable _commands;
    private readonly OracleFunction[] _functions;
    private readonly PhysicalMemory _memory;
    private readonly RuleCounter _endToEnd;
    private readonly RuleCounter _otherPasid;
    private readonly RuleCounter _manyPasids;
    private readonly RuleCounter _withoutPasid;
    private readonly RuleCounter _zeroIsNotNone;
    private readonly Tracked[] _tracked = new Tracked[CommandTable.Slots];
    private readonly OpenChanges _open = new();
    private readonly byte[] _buffer = new byte[4096];

    public DataOracle(CheckContext context, CommandTable commands, PhysicalMemory memory, OracleFunction[] functions)
    {
        _context = context;
        _commands = commands;
        _memory = memory;
        _functions = functions;
        _endToEnd = context.Rules["ATS-TRN-005"];
        _otherPasid = context.Rules["ATS-PAS-004"];
        _manyPasids = context.Rules["ATS-PAS-008"];
        _withoutPasid = context.Rules["ATS-PAS-005"];
        _zeroIsNotNone = context.Rules["ATS-INV-018"];
    }

    public void Reset()
    {
        Array.Clear(_tracked);
        _open.Clear();
    }

    public void Started(in CommandRecord record)
    {
        ref var tracked = ref _tracked[record.Slot];
        tracked.Values.Clear();
        tracked.IsContended = false;
        tracked.IsUnknown = false;
        var space = FunctionOf(in record).Pasids.Find(PasidOf(record.Pasid));
        tracked.Space = space;
        if (space is null)
        {
            return;
        }

        if (TryValueAt(space, record.Va, out var value))
        {
            tracked.Values.Add(value);
        }

        if (record.IsWrite)
        {
            ContendWrites(in record, ref tracked);
        }

        SampleOpen(in record, ref tracked);
    }

    public void Finished(in CommandResultRecord result)
    {
        ref readonly var command = ref _commands[result.Slot];
        ref var tracked = ref _tracked[result.Slot];
        if (result.Error != 0 || tracked.Space is null || !command.IsActive || HasMoved(in command.Record, in tracked))
        {
            return;
        }

        _endToEnd.Checked++;
        SampleOpen(in command.Record, ref tracked);
        if (FunctionOf(in command.Record).Pasids.Count > 1)
        {
            CountContexts(in command.Record);
        }

        if (command.Record.IsAtomic)
        {
            CheckRead(in command, ref tracked, in result);
            CheckAtomic(in command, in tracked, (uint)result.Data);
        }
        else if (command.Record.IsWrite)
        {
            CheckWritten(in command, in tracked);
        }
        else
        {
            CheckRead(in command, ref tracked, in result);
        }
    }

    /// <summary>A page-table entry is about to change.</summary>
    public void EntryChanges(in EntryChangeRecord record)
    {
        if (record.LevelShift <= 30 && TryFindBound(record.MmId, out var space))
        {
            Remember(in record, space);
        }

        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            var slot = BitOperations.TrailingZeroCount(rest);
            ref readonly var command = ref _commands[slot].Record;
            ref var tracked = ref _tracked[slot];
            if (tracked.Space?.Id == record.MmId &&
                command.Va < record.Address + (1UL << record.LevelShift) &&
                command.Va + (ulong)command.LengthBytes > record.Address)
            {
                Contend(in command, ref tracked);
            }
        }
    }

    /// <summary>A CPU operation returned: its changes are no longer under way.</summary>
    public void OperationEnded(uint operationId)
    {
        for (var i = _open.All.Length - 1; i >= 0; i--)
        {
            if (_open.All[i].OperationId == operationId)
            {
                Sample(in _open.All[i]);
                _open.RemoveAt(i);
            }
        }
    }

    /// <summary>A page goes back to the free list: what it held until now may still have been read.</summary>
    /// <param name="frame">Its first frame.</param>
    public void Frees(ulong frame)
    {
        if (!_open.MayHold(frame << 12))
        {
            return;
        }

        foreach (ref readonly var change in _open.All)
        {
            if (!change.IsTable && change.Page.Frame == frame)
            {
                Sample(in change);
            }
        }
    }

    // What an ended mapping shows now was allowed to be read until now.
    private void Sample(in OpenChange change)
    {
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            var slot = BitOperations.TrailingZeroCount(rest);
            ref readonly var command = ref _commands[slot].Record;
            ref var tracked = ref _tracked[slot];
            if (tracked.Space?.Id == change.MmId && change.Overlaps(command.Va, command.LengthBytes))
            {
                Sample(in change, in command, ref tracked);
            }
        }
    }

    private void Sample(in OpenChange change, in CommandRecord command, ref Tracked tracked)
    {
        tracked.IsUnknown |= change.IsTable;
        if (!change.IsTable && change.TryTranslate(command.Va, out var old) && _memory.IdentityOf(old) == change.Identity)
        {
            tracked.Values.Add(ValueAt(old.Value));
        }
    }

    // Stores of the device may still have changed the page that an operation under way has unmapped.
    private void SampleOpen(in CommandRecord command, ref Tracked tracked)
    {
        if (!_open.MayOverlap(command.Va, command.LengthBytes))
        {
            return;
        }

        foreach (ref readonly var change in _open.All)
        {
            if (tracked.Space?.Id == change.MmId && change.Overlaps(command.Va, command.LengthBytes))
            {
                tracked.IsContended = true;
                tracked.IsUnknown |= change.IsTable;
                Sample(in change, in command, ref tracked);
            }
        }
    }

    /// <summary>A CPU or the device is about to store to physical memory.</summary>
    /// <param name="physical">First byte.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="isCpu">A CPU: of its store and a DMA write that is under way, either may come last.</param>
    /// <param name="isAtomic">An atomic of the device: of the only one that is under way there, it is the effect.</param>
    public void Stores(ulong physical, int bytes, bool isCpu, bool isAtomic = false)
    {
        SampleHolding(physical);
        var isAlone = isAtomic && CountAtomics(physical, bytes) == 1;
        if (!isCpu)
        {
            ContendAliases(physical, bytes);
        }

        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            var slot = BitOperations.TrailingZeroCount(rest);
            ref readonly var command = ref _commands[slot].Record;
            ref var tracked = ref _tracked[slot];
            if (tracked.Space is not null && (!command.IsWrite || (command.IsAtomic && !isAlone)) &&
                IsMappedTo(tracked.Space, in command, physical, bytes))
            {
                Contend(in command, ref tracked);
            }
            else if (tracked.Space is not null && command.IsAtomic && isAlone && TryValueAt(tracked.Space, command.Va, out var before))
            {
                tracked.Values.Add(before);
            }
            else if (tracked.Space is not null && command.IsWrite && isCpu)
            {
                tracked.IsContended |= IsStartOf(tracked.Space, in command, physical, bytes);
            }
        }
    }

    private void SampleHolding(ulong physical)
    {
        if (!_open.MayHold(physical))
        {
            return;
        }

        foreach (ref readonly var change in _open.All)
        {
            if (!change.IsTable && physical - change.Page.Value < 1UL << change.Shift)
            {
                Sample(in change);
            }
        }
    }

    /// <summary>The device is about to store to an untranslated address.</summary>
    /// <param name="function">Number of the function.</param>
    /// <param name="pasid">The PASID, or <see cref="Grant.NoPasid"/>.</param>
    /// <param name="va">First byte.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="isAtomic">Whether it is an atomic.</param>
    public void StoresUntranslated(int function, uint pasid, ulong va, int bytes, bool isAtomic)
    {
        // Where the address means nothing to an address space, it is taken as that of memory.
        var physical = FunctionOf(function).Pasids.Find(PasidOf(pasid)) is { } space && space.Tables.TryWalk(new VirtualAddress(va), out var walk)
            ? walk.Translate(new VirtualAddress(va)).Value
            : va;
        Stores(physical, bytes, isCpu: false, isAtomic);
    }

    // Two writes to one place that run at once, under whatever addresses: either may come last.
    private void ContendAliases(ulong physical, int bytes)
    {
        var writers = 0UL;
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            var slot = BitOperations.TrailingZeroCount(rest);
            ref readonly var command = ref _commands[slot].Record;
            writers |= command.IsWrite && _tracked[slot].Space is { } space && Covers(space, in command, physical, bytes) ? 1UL << slot : 0;
        }

        for (var rest = BitOperations.PopCount(writers) > 1 ? writers : 0; rest != 0; rest &= rest - 1)
        {
            var slot = BitOperations.TrailingZeroCount(rest);
            _tracked[slot].IsContended |= IsStartOf(_tracked[slot].Space!, in _commands[slot].Record, physical, bytes);
        }
    }

    private int CountAtomics(ulong physical, int bytes)
    {
        var count = 0;
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            var slot = BitOperations.TrailingZeroCount(rest);
            ref readonly var command = ref _commands[slot].Record;
            var space = _tracked[slot].Space;
            count += command.IsAtomic && space is not null && IsStartOf(space, in command, physical, bytes) ? 1 : 0;
        }

        return count;
    }

    // Of two writes to one page that run at once, either may come last.
    private void ContendWrites(in CommandRecord record, ref Tracked tracked)
    {
        for (var rest = _commands.Active & ~(1UL << record.Slot); rest != 0; rest &= rest - 1)
        {
            var slot = BitOperations.TrailingZeroCount(rest);
            ref readonly var other = ref _commands[slot];
            if (other.Record.IsWrite && _tracked[slot].Space == tracked.Space &&
                other.Record.Va < record.Va + (ulong)record.LengthBytes && record.Va < other.Record.Va + (ulong)other.Record.LengthBytes)
            {
                tracked.IsContended = true;
                _tracked[slot].IsContended = true;
            }
        }
    }

    private void Remember(in EntryChangeRecord record, AddressSpace space)
    {
        if (record.LevelShift > 12 && !new PageTableEntry(record.OldEntry).IsHuge && new PageTableEntry(record.OldEntry).IsPresent)
        {
            // A whole table goes: which of its pages the device may still read is not kept.
            _open.Add(new OpenChange(record.MmId, record.OperationId, record.Address, record.LevelShift, default, default) { IsTable = true });
        }
        else if (space.Tables.TryWalk(new VirtualAddress(record.Address), out var walk) && walk.SizeShift == record.LevelShift)
        {
            _open.Add(new OpenChange(
                record.MmId, record.OperationId, record.Address, record.LevelShift, walk.Page, _memory.IdentityOf(walk.Page)));
        }
    }

    private void Contend(in CommandRecord command, ref Tracked tracked)
    {
        tracked.IsContended = true;
        if (TryValueAt(tracked.Space!, command.Va, out var value))
        {
            tracked.Values.Add(value);
        }
    }

    private void CheckRead(in Command command, ref Tracked tracked, in CommandResultRecord result)
    {
        var record = command.Record;
        // The two DWs behind and in front of such a boundary are asked for apart: each may be old or new.
        var isSplit = tracked.IsContended && (record.Va & ReadBoundary) == ReadBoundary;
        var mask = record.LengthBytes >= 8 && !isSplit ? ulong.MaxValue : uint.MaxValue;
        var isMapped = TryValueAt(tracked.Space!, record.Va, out var now);
        if (!tracked.IsUnknown && !(isMapped && (now & mask) == (result.Data & mask)) && !tracked.Values.Contains(result.Data & mask, mask))
        {
            ReportRead(in command, in result, mask, isMapped, now);
        }
        else if (!tracked.IsContended && !record.IsAtomic && TryDigest(tracked.Space!, in record, out var digest) && digest != result.Digest)
        {
            _context.Report(
                _endToEnd,
                $"the DMA read of 0x{record.Va:x} returned data whose sum is 0x{result.Digest:x}; memory there sums to 0x{digest:x}",
                SubjectOf(in command));
        }
    }

    private void CheckWritten(in Command command, in Tracked tracked)
    {
        var record = command.Record;
        if (tracked.IsContended || !TryValueAt(tracked.Space!, record.Va, out var now) || IsDropped(in record, in tracked, record.Va))
        {
            return;
        }

        // The second DW may lie in the next page, which has permissions of its own.
        var mask = record.LengthBytes >= 8 && !IsDropped(in record, in tracked, record.Va + 4) ? ulong.MaxValue : uint.MaxValue;
        var expected = record.Seed | ((ulong)(record.Seed + 1) << 32);
        if ((now & mask) != (expected & mask))
        {
            _context.Report(
                _endToEnd,
                $"the DMA write of 0x{record.Va:x} ended, and the CPU finds 0x{now & mask:x} there instead of 0x{expected & mask:x}",
                SubjectOf(in command));
        }
    }

    private void CheckAtomic(in Command command, in Tracked tracked, uint old)
    {
        var record = command.Record;
        if (tracked.IsContended || !TryValueAt(tracked.Space!, record.Va, out var now))
        {
            return;
        }

        var expected = !record.IsCompareSwap ? old + record.Seed : old == record.Seed ? record.Seed + 1 : old;
        if ((uint)now != expected)
        {
            _context.Report(
                _endToEnd,
                Say($"the atomic of 0x{record.Va:x} found 0x{old:x}, and the CPU finds 0x{(uint)now:x} there instead of 0x{expected:x}"),
                SubjectOf(in command));
        }
    }

    private void ReportRead(in Command command, in CommandResultRecord result, ulong mask, bool isMapped, ulong now)
    {
        var record = command.Record;
        var expected = isMapped ? Say($"the CPU reads 0x{now & mask:x} there") : "nothing is mapped there";
        var data = result.Data & mask;
        if (FunctionOf(in record).Blame.TryExplain(in record, pa => (ValueAt(pa) & mask) == data, _context.Journal.Clock.Now, out var stale))
        {
            _context.Report(
                stale.Rule,
                Say($"the DMA read of 0x{record.Va:x} returned 0x{data:x}, although {expected}: the data of an ended translation. {stale.Reason}"),
                new EvidenceSubject { Lines = [.. stale.Lines, command.StartLine, _context.Line], Va = record.Va });
            return;
        }

        var (rule, witness) = FindWitness(in record, data, mask);
        _context.Report(
            rule,
            Say($"the DMA read of 0x{record.Va:x} returned 0x{data:x}, which no allowed order of events puts there: {expected}{witness}"),
            SubjectOf(in command));
    }

    // Only on failure: which frame holds what the device read?
    private (RuleCounter Rule, string Text) FindWitness(in CommandRecord record, ulong data, ulong mask)
    {
        foreach (var (pasid, space) in FunctionOf(in record).Pasids.All)
        {
            if (pasid != record.Pasid && TryValueAt(space, record.Va, out var other) && (other & mask) == data)
            {
                return (RuleBetween(pasid, record.Pasid), Say($"; {NameOf(pasid)} has this data at the same address"));
            }
        }

        for (ulong frame = 0; frame < _memory.FrameCount; frame++)
        {
            var address = new PhysicalAddress((frame << 12) | (record.Va & 0xFF8));
            if ((_memory.ReadUInt64(address) & mask) == data && data != 0)
            {
                return (_endToEnd, Say($"; frame 0x{frame:x} holds it (references: {_memory.RefCountOf(address)})"));
            }
        }

        return (_endToEnd, string.Empty);
    }

    // Work of one context that sees another's memory: both have a PASID, or one of them has none.
    private RuleCounter RuleBetween(uint one, uint other) =>
        one != Grant.NoPasid && other != Grant.NoPasid ? _context.Prefer([_otherPasid, _manyPasids])
        : one == 0 || other == 0 ? _context.Prefer([_zeroIsNotNone, _withoutPasid])
        : _withoutPasid;

    private void CountContexts(in CommandRecord record)
    {
        var others = 0;
        foreach (var (pasid, space) in FunctionOf(in record).Pasids.All)
        {
            if (pasid != record.Pasid && space.Tables.TryWalk(new VirtualAddress(record.Va), out _))
            {
                RuleBetween(pasid, record.Pasid).Checked++;
                others++;
            }
        }

        _manyPasids.Checked += others >= Many ? 1 : 0;
    }

    private OracleFunction FunctionOf(in CommandRecord record) => FunctionOf(record.Function);

    private OracleFunction FunctionOf(int number)
    {
        foreach (var function in _functions)
        {
            if (function.Number == number)
            {
                return function;
            }
        }

        return _functions[0];
    }

    private static EvidenceSubject SubjectOf(in Command command) => new()
    {
        Lines = [command.StartLine],
        Va = command.Record.Va,
        Shift = 12,
    };

    private static Pcie.Pasid? PasidOf(uint pasid) => pasid == Grant.NoPasid ? null : new Pcie.Pasid(pasid);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private struct Tracked
    {
        public AddressSpace? Space;
        public bool IsContended;
        public bool IsUnknown;
        public ValueSet Values;
    }
}
