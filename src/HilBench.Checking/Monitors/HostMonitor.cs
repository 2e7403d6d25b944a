using System.Buffers.Binary;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking;

/// <summary>
/// Judges the host itself for one function: kernel, translation agent and configuration software must keep to the rules that
/// make the device's own possible (ATS-ORD-008 to 012, ATS-LIF-006 and 009).
/// </summary>
internal sealed class HostMonitor
{
    private const int ReplacedMax = 64;
    private const int ComparedBytes = 256;
    private readonly CheckContext _context;
    private readonly ShadowAtc _atc;
    private readonly InvalidationMonitor _invalidations;
    private readonly PasidTable _pasids;
    private readonly PhysicalMemory _memory;
    private readonly RuleCounter _ownedAnew;
    private readonly RuleCounter _agentFirst;
    private readonly RuleCounter _newTables;
    private readonly RuleCounter _replaced;
    private readonly RuleCounter _freed;
    private readonly RuleCounter _drained;
    private readonly RuleCounter _agentServes;
    private readonly Cleared[] _cleared = new Cleared[ReplacedMax];
    private int _nextCleared;
    private bool _isServed;

    public HostMonitor(CheckContext context, ShadowAtc atc, InvalidationMonitor invalidations, PasidTable pasids, PhysicalMemory memory)
    {
        _context = context;
        _atc = atc;
        _invalidations = invalidations;
        _pasids = pasids;
        _memory = memory;
        var rules = context.Rules;
        _ownedAnew = rules["ATS-ORD-008"];
        _agentFirst = rules["ATS-ORD-009"];
        _newTables = rules["ATS-ORD-010"];
        _replaced = rules["ATS-ORD-011"];
        _freed = rules["ATS-ORD-012"];
        _drained = rules["ATS-LIF-006"];
        _agentServes = rules["ATS-LIF-009"];
    }

    /// <summary>Whether invalidations may be out at a reset, on purpose: then ATS-LIF-006 is not about this run.</summary>
    public bool IsUndrainedIntended { get; set; }

    /// <summary>The agent begins or ends to serve the function.</summary>
    public void Serves(in AgentServiceRecord record)
    {
        _isServed = record.IsServed;
        _agentServes.Checked++;
        if (!record.IsServed && _context.Function.IsAtsEnabled)
        {
            _context.Report(_agentServes, "the agent stops serving the function while its ATS Enable is 1");
        }
    }

    /// <summary>The host sends a CfgWr0.</summary>
    public void Writes(in TlpView tlp)
    {
        var layout = _context.Function.Layout;
        var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
        var enables = tlp.FirstByteEnable;
        var register = tlp.RegisterNumber;
        var isAts = layout.AtsOffset != 0 && register == layout.AtsOffset + AtsCapability.CapabilityControl && (enables & 8) != 0;
        if (isAts && (value & AtsCapability.Enable) != 0)
        {
            _context.Check(_agentServes, _isServed, "the host sets ATS Enable, and the agent does not serve the function yet");
        }

        var isAtsOff = isAts && (value & AtsCapability.Enable) == 0 && _context.Function.IsAtsEnabled;
        var isReset = layout.ExpressOffset != 0 && register == layout.ExpressOffset + PciExpressCapability.DeviceControl &&
            (enables & 2) != 0 && (value & PciExpressCapability.InitiateFunctionLevelReset) != 0;
        var isPowerDown = layout.PowerOffset != 0 && register == layout.PowerOffset + PowerManagementCapability.ControlStatus &&
            (enables & 1) != 0 && (value & PowerManagementCapability.PowerState) != 0;
        if (isAtsOff || isReset || isPowerDown)
        {
            _context.Check(_drained, IsUndrainedIntended || !_invalidations.IsAnythingOut,
                "an Invalidate Request is out when the host resets the function, powers it down or clears ATS Enable");
        }
    }

    /// <summary>The agent answers a Translation Request from its tables or whatever it keeps.</summary>
    public void Answers(in TranslationRecord record)
    {
        var entry = new TranslationEntry(record.Entry);
        if (!entry.GrantsAccess || _pasids.Find(record.Pasid == Grant.NoPasid ? null : new Pasid(record.Pasid)) is not { } space)
        {
            return;
        }

        var range = entry.Range;
        var isSo = space.Tables.TryWalk(new VirtualAddress(record.Va), out var walk) &&
            (range.Base | (record.Va & (range.Last ^ range.Base))) == walk.Translate(new VirtualAddress(record.Va)).Value &&
            (walk.IsWritable || !entry.W);
        var rule = _invalidations.IsInvalidating(record.Va, record.Pasid) ? _agentFirst : _newTables;
        rule.Checked++;
        if (!isSo)
        {
            _context.Report(
                rule,
                $"the agent translates 0x{record.Va:x} to 0x{range.Base:x}, which the page tables no longer say",
                new EvidenceSubject { Lines = [_context.Line], Va = record.Va, Shift = 12 });
        }
    }

    /// <summary>A page-table entry is about to change.</summary>
    public void EntryChanges(in EntryChangeRecord record)
    {
        var from = new PageTableEntry(record.OldEntry);
        var to = new PageTableEntry(record.NewEntry);
        if (record.LevelShift > 30 || !_context.Function.IsBound(record.MmId))
        {
            return;
        }

        var wasLeaf = from.IsPresent && (record.LevelShift == 12 || from.IsHuge);
        if (wasLeaf && !to.IsPresent)
        {
            RememberCleared(in record);
        }

        if (to.IsPresent && (record.LevelShift == 12 || to.IsHuge) && ((wasLeaf && from.Frame != to.Frame) || WasCleared(in record)))
        {
            JudgeReplaced(in record, to);
        }
    }

    /// <summary>Page frames go back to the free list.</summary>
    public void Frees(in FrameRecord record) => JudgeFrames(in record, _freed, "is freed");

    /// <summary>Page frames get a new owner.</summary>
    public void Allocates(in FrameRecord record) => JudgeFrames(in record, _ownedAnew, "gets a new owner");

    private void JudgeFrames(in FrameRecord record, RuleCounter rule, string what)
    {
        if (_atc.Grants.Used == 0)
        {
            return;
        }

        rule.Checked++;
        for (ulong i = 0; i < 1UL << record.Order; i++)
        {
            var pa = ((record.Frame + i) << 12) + _context.Function.GuestOffset;
            foreach (var index in _atc.Grants.CoveringPa(pa))
            {
                ref readonly var grant = ref _atc.Grants.At(index);
                if (grant.State == GrantState.Live && !grant.IsUntranslatedOnly)
                {
                    _context.Report(
                        rule,
                        $"frame 0x{record.Frame + i:x} {what} while the device holds a translation of 0x{grant.Va:x} to it",
                        new EvidenceSubject { Lines = [grant.AnswerLine, _context.Line], Va = grant.Va + (pa - grant.Pa), Shift = 12 });
                    return;
                }
            }
        }
    }

    private void JudgeReplaced(in EntryChangeRecord record, PageTableEntry to)
    {
        var physical = to.Frame << 12;
        _replaced.Checked++;
        foreach (var (pasid, mmId) in _context.Function.Bindings)
        {
            if (mmId != record.MmId)
            {
                continue;
            }

            foreach (var index in _atc.Grants.CoveringVa(record.Address, pasid))
            {
                ref readonly var grant = ref _atc.Grants.At(index);
                var old = grant.Pa - _context.Function.GuestOffset + (record.Address - grant.Va);
                if (grant.State == GrantState.Live && !grant.IsUntranslatedOnly && old != physical &&
                    !(record.LevelShift == 12 && !to.IsWritable && !grant.CanWrite && IsSameContent(old, physical)))
                {
                    _context.Report(
                        _replaced,
                        $"the entry of 0x{record.Address:x} is set to a new page while the device holds a translation to the old one",
                        new EvidenceSubject { Lines = [grant.AnswerLine, _context.Line], Va = record.Address, Shift = 12 });
                    return;
                }
            }
        }
    }

    // KSM puts a read-only page in the place of one with the same content, and invalidates at the end: until then a device
    // that reads the old page reads what CPUs read (notifier specification, 2.2 and site 32).
    private bool IsSameContent(ulong old, ulong physical)
    {
        if (!_memory.Contains(new PhysicalAddress(old)) || !_memory.Contains(new PhysicalAddress(physical)))
        {
            return false;
        }

        Span<byte> left = stackalloc byte[ComparedBytes];
        Span<byte> right = stackalloc byte[ComparedBytes];
        for (var done = 0UL; done < PhysicalMemory.FrameBytes; done += ComparedBytes)
        {
            _memory.Read(new PhysicalAddress(old + done), left);
            _memory.Read(new PhysicalAddress(physical + done), right);
            if (!left.SequenceEqual(right))
            {
                return false;
            }
        }

        return true;
    }

    private void RememberCleared(in EntryChangeRecord record)
    {
        var place = IndexOfCleared(in record);
        if (place < 0)
        {
            place = _nextCleared;
            _nextCleared = (_nextCleared + 1) % ReplacedMax;
        }

        _cleared[place] = new Cleared(record.MmId, record.OperationId, record.Address, record.LevelShift);
    }

    // Who sets an entry that another operation has cleared since replaces nothing: a fault may come before the end of an munmap.
    private bool WasCleared(in EntryChangeRecord record)
    {
        var place = IndexOfCleared(in record);
        return place >= 0 && _cleared[place].OperationId == record.OperationId;
    }

    private int IndexOfCleared(in EntryChangeRecord record)
    {
        for (var i = 0; i < ReplacedMax; i++)
        {
            ref readonly var cleared = ref _cleared[i];
            if (cleared.MmId == record.MmId && cleared.Address == record.Address && cleared.LevelShift == record.LevelShift)
            {
                return i;
            }
        }

        return -1;
    }

    private readonly record struct Cleared(uint MmId, uint OperationId, ulong Address, byte LevelShift);
}
