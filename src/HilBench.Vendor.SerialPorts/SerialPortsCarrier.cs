using System.IO.Ports;
using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Vendor.SerialPorts;

/// <summary>
/// A serial port through System.IO.Ports. The package refuses rates that are not standard on some systems, and does not
/// notice an unplugged port while it waits: this adapter looks whether the port is still there.
/// </summary>
public sealed class SerialPortsCarrier : ICarrier
{
    private const int TurnMs = 100;

    private readonly SerialPort _port;
    private readonly string _path;
    private readonly ByteQueue _kept = new();
    private readonly byte[] _in = new byte[4096];
    private BenchException? _gone;

    private SerialPortsCarrier(SerialPort port, string path)
    {
        (_port, _path) = (port, path);
        Name = $"serial:{path}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.BitRate;

    /// <summary>Makes <c>serial:...?via=system.io.ports</c> open this carrier.</summary>
    public static void Register() => CarrierAdapters.Add("serial", "system.io.ports", uri => Open(uri.Port, uri.Baud));

    /// <summary>Opens a port: 8 data bits, no parity, one stop bit, no flow control.</summary>
    /// <exception cref="BenchException">Cable: no such port, or not this rate. Permission: no right, or another program has it.</exception>
    public static SerialPortsCarrier Open(string path, int baud)
    {
        if (!File.Exists(path))
        {
            throw new BenchException(BenchLayer.Cable, $"serial:{path}: there is no such port", "Plug the board in; `ls /dev/serial/by-id` shows what is there.");
        }

#pragma warning disable CA2000 // the carrier owns it; disposed below when there is none
        var port = new SerialPort(path, baud, Parity.None, 8, StopBits.One) { Handshake = Handshake.None };
#pragma warning restore CA2000
        try
        {
            port.Open();
            port.DiscardInBuffer();
            return new SerialPortsCarrier(port, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            port.Dispose();
            throw e is UnauthorizedAccessException
                ? new BenchException(BenchLayer.Permission, $"serial:{path}: you may not open it, or another program has it", "Add yourself to its group (often dialout).", e)
                : new BenchException(BenchLayer.Cable, $"serial:{path} cannot be opened at {baud} baud: {e.Message.TrimEnd('.')}", "Leave via= away: our own carrier does any rate.", e);
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        ThrowIfGone();
        Guarded(() => Keep(0));
        var pending = Guarded(bytes.ToArray(), (all, self) => self._port.BaseStream.WriteAsync(all, 0, all.Length));
        while (!pending.IsCompleted)
        {
            if (deadline.HasPassed)
            {
                throw new BenchException(BenchLayer.Cable, $"{Name} takes no more bytes", "Is the other side alive?");
            }

            Guarded(() => Keep(1)); // two ends that both write do not wait for each other
            ThrowIfGone();
        }

        Guarded(pending.GetAwaiter().GetResult);
        ThrowIfGone();
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        while (true)
        {
            if (_kept.Count > 0)
            {
                return _kept.Take(buffer);
            }

            ThrowIfGone();
            var left = (int)Math.Clamp(Math.Ceiling(deadline.Left.TotalMilliseconds), 0, TurnMs);
            Guarded(() => Keep(left));
            if (_kept.Count == 0 && deadline.HasPassed)
            {
                ThrowIfGone();
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _port.Dispose();
        _gone ??= new BenchException(BenchLayer.Cable, $"{Name} is closed", "Open it again.");
    }

    /// <summary>Takes in what is there, or what comes first within a time.</summary>
    private void Keep(int timeoutMs)
    {
        if (timeoutMs == 0 && _port.BytesToRead == 0)
        {
            return;
        }

        _port.ReadTimeout = Math.Max(1, timeoutMs);
        try
        {
            _kept.Add(_in.AsSpan(0, _port.Read(_in, 0, _in.Length)));
        }
        catch (TimeoutException) when (File.Exists(_path))
        {
            // Nothing came.
        }
        catch (TimeoutException e)
        {
            throw new IOException("the port is not there any more", e);
        }
    }

    private Task Guarded(byte[] bytes, Func<byte[], SerialPortsCarrier, Task> begin)
    {
        Task task = Task.CompletedTask;
        Guarded(() => task = begin(bytes, this));
        return task;
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            _gone ??= new BenchException(
                BenchLayer.Cable, $"{Name}: the other side is gone", "The port hung up: is the cable plugged in, and does the board have power?", e);
        }
    }

    private void ThrowIfGone()
    {
        if (_gone is not null)
        {
            throw _gone;
        }
    }
}
