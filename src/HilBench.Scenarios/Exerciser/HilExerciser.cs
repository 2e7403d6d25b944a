using System.Buffers.Binary;
using System.Numerics;
using HilBench.Checking;
using HilBench.Journal;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Drives the register map of docs/exerciser.md.</summary>
public sealed class HilExerciser : IExerciser, INotifyWindow
{
    /// <summary>What the ID register reads.</summary>
    public const uint IdValue = 0x4248494C;

    private const int SlotBase = 0x100;
    private const int SlotStride = 0x40;
    private const int TransmitGapRegister = 0x00C;
    private const int TimeoutRegister = 0x020;
    private const int NotifyRegister = 0x010;
    private const int PageStopRegister = 0x028;
    private const int RecordBytes = 16;
    private const int SlotCount = 8;
    private readonly RootPort _root;
    private readonly EventJournal _journal;
    private readonly ulong _bar;
    private readonly DmaResult[] _results = new DmaResult[SlotCount];
    private readonly byte[] _labels = new byte[SlotCount];
    private readonly byte[] _functions = new byte[SlotCount];
    private readonly byte[] _registers = new byte[24];
    private uint _running;
    private byte _label;

    /// <summary>Takes over the device behind a root port.</summary>
    /// <param name="root">The root port; its notify window is used.</param>
    /// <param name="bar">Bus address of BAR0.</param>
    /// <param name="journal">Where operations are recorded.</param>
    public HilExerciser(RootPort root, ulong bar, EventJournal journal)
    {
        _root = root;
        _bar = bar;
        _journal = journal;
        Reset();
    }

    /// <inheritdoc/>
    public int Slots => SlotCount;

    /// <inheritdoc/>
    public int Running => BitOperations.PopCount(_running);

    /// <inheritdoc/>
    public int TryStart(in DmaRequest request)
    {
        var slot = BitOperations.TrailingZeroCount(~_running);
        if (slot >= SlotCount)
        {
            return -1;
        }

        _running |= 1u << slot;
        _labels[slot] = ++_label;
        _functions[slot] = (byte)request.Function;
        var pasid = request.Pasid?.Value ?? uint.MaxValue;
        var isAtomic = request.Atomic != DmaAtomic.None;
        var record = new CommandRecord(
            request.Va, request.LengthBytes, pasid, request.Seed, (byte)slot, _label, request.IsWrite || isAtomic, request.IsUntranslated)
        {
            Function = (byte)request.Function,
            IsAtomic = isAtomic,
            IsCompareSwap = request.Atomic == DmaAtomic.CompareSwap,
            IsExecute = request.IsExecute && request.Pasid is not null && !request.IsWrite && !isAtomic,
            IsPrivileged = request.IsPrivileged && request.Pasid is not null,
        };
        _journal.Append(JournalKind.CommandStarted, in record);
        Set(0, (uint)request.Va);
        Set(1, (uint)(request.Va >> 32));
        Set(2, request.Pasid is { } value ? value.Value | 1u << 31 : 0);
        Set(3, (uint)request.LengthBytes);
        Set(4, request.Seed);
        Set(5, CommandOf(in request) | ((uint)_label << 8));
        _root.Write(_bar + (ulong)(SlotBase + slot * SlotStride), _registers);
        return slot;
    }

    /// <inheritdoc/>
    public bool IsRunning(int slot) => (_running >> slot & 1) != 0;

    /// <inheritdoc/>
    public DmaResult ResultOf(int slot) => _results[slot];

    /// <inheritdoc/>
    public void SetTranslationTimeout(int cycles) => WriteRegister(TimeoutRegister, (uint)cycles);

    /// <inheritdoc/>
    public void SetTransmitGap(int cycles) => WriteRegister(TransmitGapRegister, (uint)cycles);

    /// <inheritdoc/>
    public void StopPages(Pasid pasid, int function) => WriteRegister(PageStopRegister, pasid.Value | (uint)function << 31);

    /// <inheritdoc/>
    public void Forget(int function)
    {
        for (var slot = 0; slot < SlotCount; slot++)
        {
            _running &= _functions[slot] == function ? ~(1u << slot) : ~0u;
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _running = 0;
        _root.NotifyWindow = this;
    }

    /// <summary>Tells the device where completion records go; once after each reset.</summary>
    public void Enable() => WriteRegister(NotifyRegister, (uint)RootPort.NotifyBase);

    /// <inheritdoc/>
    public void Written(int offset, ReadOnlySpan<byte> data)
    {
        var slot = offset / RecordBytes;
        if (offset % RecordBytes != 0 || data.Length != RecordBytes || slot >= SlotCount || !IsRunning(slot))
        {
            return;
        }

        var status = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if ((byte)(status >> 8) != _labels[slot])
        {
            return;
        }

        var result = new DmaResult(
            (int)(status >> 4) & 0xF,
            BinaryPrimitives.ReadUInt64LittleEndian(data[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(data[12..]),
            (int)(status >> 16));
        _results[slot] = result;
        var record = new CommandResultRecord(
            result.Data, result.Digest, result.LengthDw, (byte)slot, _labels[slot], (byte)result.Error);
        _journal.Append(JournalKind.CommandFinished, in record);
        _running &= ~(1u << slot);
    }

    private void WriteRegister(int offset, uint value)
    {
        Set(0, value);
        _root.Write(_bar + (ulong)offset, _registers.AsSpan(0, 4));
    }

    private static uint CommandOf(in DmaRequest request) =>
        (request.Atomic != DmaAtomic.None ? 3u : request.IsWrite ? 2u : 1u)
        | (request.IsNoWrite ? 1u << 2 : 0)
        | (request.IsUntranslated ? 1u << 3 : 0)
        | ((uint)request.TranslationsLog2 << 4)
        | (request.Atomic == DmaAtomic.CompareSwap ? 1u << 7 : 0)
        | ((uint)request.TrafficClass << 16)
        | ((uint)request.Function << 19)
        | (request.IsExecute ? 1u << 20 : 0)
        | (request.IsPrivileged ? 1u << 21 : 0)
        | (request.AsksForPages ? 1u << 22 : 0);

    private void Set(int index, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_registers.AsSpan(index * 4), value);
}
