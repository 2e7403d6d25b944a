using System.Runtime.InteropServices;
using System.Text;
using HilBench.Journal;
using static HilBench.Scenarios.ClosedLoopStimulus;

namespace HilBench.Scenarios;

/// <summary>The same loop, written by hand in C++ (tests/Benchmarks/native): what is possible without HilBench.</summary>
public sealed unsafe class NativeClosedLoop : IDisposable
{
    private readonly nint _library;
    private readonly delegate* unmanaged[Cdecl]<nint, ulong, LoopTotals*, int> _run;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _close;
    private nint _loop;

    /// <summary>Opens the device library and brings the function up.</summary>
    /// <param name="loopLibrary">libhilbench_closed_loop.so.</param>
    /// <param name="deviceLibrary">The device.</param>
    /// <param name="entries">For each page the entry of a Translation Completion.</param>
    /// <param name="latencyCycles">Cycles that a TLP of the host takes.</param>
    /// <exception cref="BenchException">A library cannot be loaded.</exception>
    public NativeClosedLoop(string loopLibrary, string deviceLibrary, IReadOnlyList<ulong> entries, int latencyCycles)
    {
        if (!NativeLibrary.TryLoad(loopLibrary, out _library))
        {
            throw new BenchException(BenchLayer.Host, $"{loopLibrary} cannot be loaded", "Run `make bench`, which builds it.");
        }

        var open = (delegate* unmanaged[Cdecl]<byte*, Setup*, byte*, nuint, nint>)NativeLibrary.GetExport(_library, "hil_loop_open");
        _run = (delegate* unmanaged[Cdecl]<nint, ulong, LoopTotals*, int>)NativeLibrary.GetExport(_library, "hil_loop_run");
        _close = (delegate* unmanaged[Cdecl]<nint, void>)NativeLibrary.GetExport(_library, "hil_loop_close");
        ulong[] table = [.. entries];
        var path = Encoding.UTF8.GetBytes(deviceLibrary + '\0');
        var error = new byte[256];
        fixed (ulong* entry = table)
        fixed (byte* name = path, message = error)
        {
            var setup = new Setup
            {
                Va = Va,
                MemoryBytes = MemoryBytes,
                Entries = entry,
                Pages = Pages,
                Pasid = Pasid,
                LatencyCycles = (uint)latencyCycles,
                ReadsOfFour = ReadsOfFour,
                OperationsPerInvalidation = OperationsPerInvalidation,
                Seed = Seed,
            };
            _loop = open(name, &setup, message, (nuint)error.Length);
        }

        if (_loop == 0)
        {
            throw new BenchException(BenchLayer.Device, $"{deviceLibrary}: {Encoding.UTF8.GetString(error).TrimEnd('\0')}", "Run `make build`.");
        }
    }

    /// <summary>Goes on until at least so many transactions in all have ended.</summary>
    /// <exception cref="BenchException">The device stands still.</exception>
    public LoopTotals Run(ulong transactions)
    {
        LoopTotals totals;
        return _run(_loop, transactions, &totals) == 0
            ? totals
            : throw new BenchException(BenchLayer.Device, "the device stands still under load", "Run the conformance suite first.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_loop != 0)
        {
            _close(_loop);
            _loop = 0;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Setup
    {
        public ulong Va;
        public ulong MemoryBytes;
        public ulong* Entries;
        public uint Pages;
        public uint Pasid;
        public uint LatencyCycles;
        public uint ReadsOfFour;
        public uint OperationsPerInvalidation;
        public uint Reserved;
        public ulong Seed;
    }
}
