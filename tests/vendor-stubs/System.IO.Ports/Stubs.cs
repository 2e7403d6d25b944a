// The members of System.IO.Ports that the adapter uses, over a wire in memory. Declared from the package's published API.
#pragma warning disable CS1591, CA1051, CA1707, CA1720, CA1711, CA1027, IDE0060, CA1822, CA1063, CA1816, CA1844, CA1835, CS9113
using HilBench.Vendor.Stubs;

namespace System.IO.Ports;

public enum Parity
{
    None,
}

public enum StopBits
{
    None,
    One,
}

public enum Handshake
{
    None,
}

public class SerialPort(string portName, int baudRate, Parity parity, int dataBits, StopBits stopBits) : IDisposable
{
    private bool _isOpen;

    public static Wire Wire { get; set; } = new();

    public Handshake Handshake { get; set; }

    public int ReadTimeout { get; set; } = -1;

    public int BytesToRead => Connected().WaitingForHost;

    public Stream BaseStream => new WireStream(this);

    public void Open() => _isOpen = baudRate <= 4_000_000 ? true : throw new ArgumentOutOfRangeException(nameof(baudRate));

    public void DiscardInBuffer()
    {
    }

    public int Read(byte[] buffer, int offset, int count) => Connected().Read(buffer.AsSpan(offset, count), ReadTimeout, atHost: true) switch
    {
        < 0 => throw new IOException("Input/output error"),
        0 => throw new TimeoutException(),
        var read => read,
    };

    public void Dispose() => _isOpen = false;

    private Wire Connected() => !_isOpen ? throw new InvalidOperationException("The port is closed.")
        : Wire.IsPulled && Wire.WaitingForHost == 0 ? throw new IOException("Input/output error")
        : Wire;

    private sealed class WireStream(SerialPort port) : MemoryStream
    {
        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            port.Connected().Write(buffer.AsSpan(offset, count), toHost: false);
            return Task.CompletedTask;
        }
    }
}
