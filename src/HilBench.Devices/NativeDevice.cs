using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HilBench.Devices.Isolation;
using HilBench.Devices.Native;
using HilBench.Pcie;

namespace HilBench.Devices;

/// <summary>
/// A device in a shared library over hdl/sim/hilbench_device.h: the Verilated reference device, or a user's own.
/// One call moves many TLPs when the library exports <c>hil_exchange_run</c>; otherwise the loop runs here.
/// </summary>
public sealed unsafe class NativeDevice : ISnapshotDevice, IWaveDevice, ICoverageDevice
{
    // HIL_TLP_MAX and a record's header with padding: less room than this in the out buffer ends an exchange.
    private const int RecordRoom = TlpFormat.MaxSizeBytes + 24;
    private const int FirstBufferBytes = 1 << 16;

    private readonly DeviceLibrary _library;
    private readonly NativeDeviceHandle _handle;
    private readonly TlpRecords _fromHost = new(FirstBufferBytes);
    private readonly TlpRecords _toHost = new(FirstBufferBytes);

    private NativeDevice(DeviceLibrary library, NativeDeviceHandle handle)
    {
        _library = library;
        _handle = handle;
        Description = ReadDescription();
        Cycles = _library.Cycles(_handle.Device);
    }

    /// <inheritdoc/>
    public DeviceDescription Description { get; }

    /// <inheritdoc/>
    public ulong Cycles { get; private set; }

    /// <inheritdoc/>
    public ulong CoveredPoints
    {
        get
        {
            ThrowIfClosed();
            return _library.Covered == null ? 0 : _library.Covered(_handle.Device);
        }
    }

    /// <summary>TLPs that the library refused as malformed for this device; they are dropped.</summary>
    public ulong RefusedTlps { get; private set; }

    /// <summary>Loads a library and opens a device in it.</summary>
    /// <param name="path">The shared library.</param>
    /// <param name="options">The URI's query, <c>key=value&amp;...</c>; may be empty.</param>
    /// <exception cref="DeviceOpenException">
    /// No such file, not a shared library, a function is missing, another ABI version, or the library refused.
    /// </exception>
    public static NativeDevice Open(string path, string options = "")
    {
        ArgumentNullException.ThrowIfNull(options);
        var library = DeviceLibrary.Load(Path.GetFullPath(path));
        var handle = NativeDeviceHandle.Open(library, options);
        try
        {
            return new NativeDevice(library, handle);
        }
        catch (DeviceOpenException)
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Reset(ResetKind kind)
    {
        ThrowIfClosed();
        _library.Reset(_handle.Device, (int)kind);
        _fromHost.Clear();
        _toHost.Clear();
        Cycles = _library.Cycles(_handle.Device);
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> tlp, ulong notBefore) => _fromHost.Add(tlp, notBefore);

    /// <inheritdoc/>
    public void Run(ulong untilCycle, ulong lingerCycles)
    {
        ThrowIfClosed();
        if (untilCycle <= Cycles)
        {
            return;
        }

        if (_library.ExchangeRun != null)
        {
            RunByExchange(untilCycle, lingerCycles);
        }
        else
        {
            RunByLoop(untilCycle, lingerCycles);
        }
    }

    /// <inheritdoc/>
    public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
    {
        if (_toHost.IsEmpty)
        {
            tlp = default;
            cycle = 0;
            return false;
        }

        tlp = _toHost.Peek(out cycle);
        _toHost.RemoveFirst();
        return true;
    }

    /// <inheritdoc/>
    public int SnapshotBytes
    {
        get
        {
            ThrowIfClosed();
            return _library.SnapshotSize == null || _library.Save == null || _library.Restore == null
                ? 0 : (int)_library.SnapshotSize(_handle.Device);
        }
    }

    /// <inheritdoc/>
    public void Save(Span<byte> image)
    {
        ThrowIfClosed();
        CheckNothingWaits();
        fixed (byte* bytes = image)
        {
            CheckSnapshot(_library.Save(_handle.Device, bytes, (nuint)image.Length), "hil_save");
        }
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> image)
    {
        ThrowIfClosed();
        _fromHost.Clear();
        _toHost.Clear();
        fixed (byte* bytes = image)
        {
            CheckSnapshot(_library.Restore(_handle.Device, bytes, (nuint)image.Length), "hil_restore");
        }

        Cycles = _library.Cycles(_handle.Device);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <inheritdoc/>
    public bool TryStartWave(string path)
    {
        var name = Encoding.UTF8.GetBytes(path + '\0');
        fixed (byte* first = name)
        {
            return _library.Wave is not null && _library.Wave(_handle.Device, first) == 0;
        }
    }

    /// <inheritdoc/>
    public void StopWave() => _library.Wave(_handle.Device, null);

    private void CheckNothingWaits()
    {
        if (!_fromHost.IsEmpty || !_toHost.IsEmpty)
        {
            throw new DeviceException(
                "a snapshot was asked for while TLPs wait on the device's side of the link",
                "This is a bug of the bench: it takes snapshots between deliveries.");
        }
    }

    private void CheckSnapshot(int result, string function)
    {
        if (result != 0)
        {
            throw new DeviceException(
                $"{function} of {_library.Path} returned {result}", "A device that reports a snapshot size has to save and restore.");
        }
    }

    private void RunByExchange(ulong untilCycle, ulong lingerCycles)
    {
        var stopAt = untilCycle;
        var hasOutput = false;
        while (true)
        {
            _toHost.MakeRoom(2 * RecordRoom);
            var exchange = new HilExchange
            {
                until_cycle = stopAt,
                linger_cycles = hasOutput ? stopAt - Cycles : Math.Min(lingerCycles, stopAt - Cycles),
                @in = _fromHost.First,
                @out = _toHost.Next,
                in_size = (uint)_fromHost.Size,
                out_capacity = (uint)_toHost.Room,
            };
            var result = _library.ExchangeRun(_handle.Device, &exchange);
            CheckCounts(exchange);
            CheckRecords(new(exchange.@out, (int)exchange.out_size));
            var firstCycle = exchange.out_size > 0 ? *(ulong*)_toHost.Next : 0;
            _toHost.Extend((int)exchange.out_size);
            _fromHost.Remove((int)exchange.in_taken);
            Cycles = exchange.cycle;
            if (result < 0 && !_fromHost.IsEmpty)
            {
                _fromHost.RemoveFirst();
                RefusedTlps++;
            }

            if (!hasOutput && exchange.out_size > 0)
            {
                hasOutput = true;
                stopAt = Math.Min(stopAt, Plus(firstCycle, lingerCycles));
            }

            // Before its time only when a TLP was refused or the out buffer was full: then go on.
            var isCut = result < 0 || exchange.out_capacity - exchange.out_size < RecordRoom;
            if (Cycles >= stopAt || !isCut)
            {
                return;
            }
        }
    }

    private void RunByLoop(ulong untilCycle, ulong lingerCycles)
    {
        var stopAt = untilCycle;
        var hasOutput = false;
        while (true)
        {
            var isHeld = Offer(out var nextOffer);
            if (Collect() && !hasOutput)
            {
                hasOutput = true;
                stopAt = Math.Min(stopAt, Plus(Cycles, lingerCycles));
            }

            if (Cycles >= stopAt)
            {
                return;
            }

            var target = isHeld ? Cycles + 1 : Math.Min(stopAt, nextOffer);
            var ran = _library.Run(_handle.Device, target - Cycles);
            var now = _library.Cycles(_handle.Device);
            if (ran == 0 && now == Cycles)
            {
                throw new DeviceException(
                    $"{_library.Path} stands still at cycle {Cycles}: hil_run ran no cycle and no TLP is there",
                    "hil_run has to run until the cycles have passed or a TLP is ready.");
            }

            Cycles = now;
        }
    }

    /// <summary>Offers the TLPs whose cycle has come. True when the device has no room for the first one.</summary>
    private bool Offer(out ulong nextOffer)
    {
        nextOffer = ulong.MaxValue;
        while (!_fromHost.IsEmpty)
        {
            var tlp = _fromHost.Peek(out var notBefore);
            if (notBefore > Cycles)
            {
                nextOffer = notBefore;
                return false;
            }

            int result;
            fixed (byte* bytes = tlp)
            {
                result = _library.Send(_handle.Device, bytes, (nuint)tlp.Length);
            }

            if (result == 0)
            {
                return true;
            }

            RefusedTlps += result < 0 ? 1UL : 0;
            _fromHost.RemoveFirst();
        }

        return false;
    }

    /// <summary>Takes every TLP that the device has ready. True when there was one.</summary>
    private bool Collect()
    {
        var hasOutput = false;
        while (true)
        {
            _toHost.MakeRoom(RecordRoom);
            var tlp = _toHost.Next + TlpRecords.HeaderBytes;
            var size = _library.Receive(_handle.Device, tlp, TlpFormat.MaxSizeBytes);
            if (size is < 0 or > TlpFormat.MaxSizeBytes)
            {
                throw new DeviceException(
                    $"{_library.Path} has a TLP that does not fit into {TlpFormat.MaxSizeBytes} bytes (HIL_TLP_MAX)",
                    "No TLP is longer: the device's transmit side is broken.");
            }

            if (size == 0)
            {
                return hasOutput;
            }

            _toHost.Add(new ReadOnlySpan<byte>(tlp, size), Cycles);
            hasOutput = true;
        }
    }

    private void CheckCounts(in HilExchange exchange)
    {
        if (exchange.in_taken > exchange.in_size || exchange.out_size > exchange.out_capacity)
        {
            throw new DeviceException(
                $"{_library.Path} reports {exchange.in_taken} of {exchange.in_size} bytes taken and "
                    + $"{exchange.out_size} bytes written into {exchange.out_capacity}",
                "hil_exchange_run has written beyond its buffers or counts wrongly: the process cannot be trusted.");
        }
    }

    private void CheckRecords(ReadOnlySpan<byte> written)
    {
        var records = new RecordReader(written);
        while (records.TryNext(out _, out _))
        {
        }

        if (records.IsMalformed)
        {
            throw new DeviceException(
                $"{_library.Path} wrote what is no TLP record: its size is above {TlpFormat.MaxSizeBytes} bytes or beyond the buffer",
                "hil_exchange_run writes 16 bytes of head, the TLP, and zero bytes up to a multiple of 8.");
        }
    }

    private DeviceDescription ReadDescription()
    {
        var text = Marshal.PtrToStringUTF8((nint)_library.Describe(_handle.Device)) ?? "";
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            var clock = root.TryGetProperty("clock_hz", out var hz) ? hz.GetUInt64() : 0;
            var faults = root.TryGetProperty("faults", out var ids)
                ? ids.EnumerateArray().Select(id => id.GetString() ?? "").ToArray()
                : [];
            return new DeviceDescription(Text(root, "name"), Text(root, "version"), clock, faults);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException)
        {
            throw new DeviceOpenException(
                $"{_library.Path} does not describe itself: {e.Message}",
                "hil_describe has to give one JSON object with name, version, clock_hz and faults.",
                e);
        }
    }

    private static string Text(JsonElement root, string name)
    {
        var value = root.GetProperty(name);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_handle.IsClosed, this);

    private static ulong Plus(ulong cycle, ulong more) => cycle > ulong.MaxValue - more ? ulong.MaxValue : cycle + more;
}
