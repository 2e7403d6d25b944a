using System.Runtime.InteropServices;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;
using static HilBench.Scenarios.ClosedLoopStimulus;

namespace HilBench.Scenarios;

/// <summary>
/// Keeps every slot of the device busy with small DMA operations over live page tables and invalidates pages all the
/// while. The benchmark runs it with and without checking.
/// </summary>
public sealed class ClosedLoop : IJournalObserver
{
    private const ulong PatienceCycles = 100_000;
    private readonly Bench _bench;
    private readonly InvalidationTarget _target = new(new Pasid(ClosedLoopStimulus.Pasid));
    private readonly ulong _origin;
    private ulong _random = Seed;
    private ulong _started;
    private ulong _invalidations;
    private ulong _finished;
    private ulong _tlps;
    private ulong _hash;

    /// <summary>Brings the device up and maps the buffer.</summary>
    /// <param name="device">Not owned.</param>
    /// <param name="isChecked">Whether checkers run.</param>
    public ClosedLoop(IDevice device, bool isChecked)
    {
        _bench = new Bench(device, new BenchOptions { MemoryBytes = MemoryBytes, IsChecked = isChecked });
        var space = _bench.CreateProcess(_target.Pasid);
        var buffer = _bench.Run(space.Mmap(Pages * 4096UL, Protection.ReadWrite, MapFlags.Fixed, new VirtualAddress(Va)));
        _bench.Run(space.Touch(buffer.Range, forWrite: true));
        _bench.RunCycles(2000);
        Entries = [.. Enumerable.Range(0, Pages).Select(page => _bench.Root.Translator.Translate(space, Va + (ulong)page * 4096, isNoWrite: false).Bits)];
        _origin = _bench.Wire.Now;
        _bench.Journal.Subscribe(this);
    }

    /// <summary>For each page of the buffer the entry of a Translation Completion.</summary>
    public IReadOnlyList<ulong> Entries { get; }

    /// <summary>Cycles that a TLP of the host takes.</summary>
    public int LatencyCycles => _bench.Wire.Timing.LatencyCycles;

    /// <summary>Violations so far; always 0 on a correct device.</summary>
    public long Violations => _bench.Checker.ViolationCount;

    /// <summary>Goes on until at least so many transactions in all have ended.</summary>
    /// <exception cref="BenchException">The device stands still.</exception>
    public LoopTotals Run(ulong transactions)
    {
        var last = Transactions;
        var since = _bench.Wire.Now;
        while (Transactions < transactions)
        {
            StartWork();
            _bench.Wire.Step(_bench.Wire.Now + PatienceCycles);
            if (Transactions != last)
            {
                last = Transactions;
                since = _bench.Wire.Now;
            }
            else if (_bench.Wire.Now - since >= PatienceCycles)
            {
                throw new BenchException(BenchLayer.Device, "the device stands still under load", "Run the conformance suite first.");
            }
        }

        return new LoopTotals(Transactions, _bench.Wire.Now - _origin, _tlps, _hash);
    }

    /// <inheritdoc/>
    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind == JournalKind.TlpFromDevice)
        {
            var hash = _hash ^ (time - _origin);
            foreach (var dw in MemoryMarshal.Cast<byte, uint>(payload))
            {
                hash = unchecked((hash ^ dw) * 0x100000001B3);
            }

            _hash = hash;
            _tlps++;
        }
        else if (kind == JournalKind.TlpToDevice)
        {
            _tlps++;
        }
        else if (kind == JournalKind.CommandFinished)
        {
            _finished++;
        }
    }

    private ulong Transactions => _finished + (ulong)_bench.Invalidations.Completed;

    private void StartWork()
    {
        while (_bench.Exerciser.Running < _bench.Exerciser.Slots)
        {
            var bits = NextBits();
            var va = Va + (bits >> 16) % Pages * 4096 + (bits & 63) * OperationBytes;
            var request = new DmaRequest(va, OperationBytes, _target.Pasid, IsWrite: (bits >> 8 & 3) >= ReadsOfFour) { Seed = (uint)bits };
            _bench.Exerciser.TryStart(in request);
            _started++;
        }

        if (_bench.Invalidations.IsIdle && _started / OperationsPerInvalidation > _invalidations)
        {
            var page = Va + (NextBits() >> 16) % Pages * 4096;
            _bench.Invalidations.Enqueue(_target, page, page + 4095);
            _invalidations++;
        }
    }

    private ulong NextBits()
    {
        _random = Next(_random);
        return _random >> 16;
    }
}
