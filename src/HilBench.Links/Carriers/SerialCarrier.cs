using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Links.Native;

namespace HilBench.Links;

/// <summary>
/// A serial port: 8 data bits, no parity, no flow control, any baud rate. The port is taken for this process alone. A port
/// without modem lines (a pty) is tolerated.
/// </summary>
public sealed unsafe class SerialCarrier : ICarrier
{
    private readonly DescriptorHandle _port;
    private readonly DescriptorStream _stream;

    private SerialCarrier(DescriptorHandle port, string path)
    {
        _port = port;
        Name = $"serial:{path}";
        _stream = new DescriptorStream(port, Name, "The port hung up: is the cable plugged in, and does the board have power?");
        int lines;
        var hasLines = LibC.ioctl(port, LibC.ModemGet, &lines) == 0;
        Abilities = CarrierAbilities.BitRate | (hasLines ? CarrierAbilities.ModemLines : CarrierAbilities.None);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CarrierAbilities Abilities { get; }

    /// <summary>Opens a port.</summary>
    /// <param name="path">For example /dev/ttyUSB0.</param>
    /// <param name="baud">Bits each second, also one that is not standard.</param>
    /// <exception cref="BenchException">
    /// Cable: no such port, or not this rate. Permission: no right, or another process has it. Host: no serial port.
    /// </exception>
    public static SerialCarrier Open(string path, int baud)
    {
        var name = $"serial:{path}";
        var port = new DescriptorHandle(LibC.open(path, LibC.ReadWrite | LibC.NoControl | LibC.NonBlocking | LibC.CloseOnExec));
        try
        {
            if (port.IsInvalid)
            {
                throw NotOpened(name, Marshal.GetLastPInvokeError());
            }

            if (LibC.flock(port, LibC.LockExclusive) < 0)
            {
                throw NotOpened(name, LibC.Busy);
            }

            RawTerminal.Set(port, name, baud);
            RawTerminal.Flush(port);
            // A pty keeps the mark although its user is gone, as long as its maker lives.
            if (!path.StartsWith("/dev/pts/", StringComparison.Ordinal))
            {
                LibC.ioctl(port, LibC.TtyExclusive, null);
            }

            return new SerialCarrier(port, path);
        }
        catch (BenchException)
        {
            port.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        if (_stream.Write(bytes, deadline) < bytes.Length)
        {
            throw new BenchException(
                BenchLayer.Cable, $"{Name} takes no more bytes", "Is the other side alive, and no flow control in the way?");
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline) => _stream.Read(buffer, deadline);

    /// <inheritdoc/>
    public void Dispose() => _port.Dispose();

    private static BenchException NotOpened(string name, int error) => error switch
    {
        LibC.NoEntry or LibC.NoSuchDevice or LibC.NoDevice => new BenchException(
            BenchLayer.Cable, $"{name}: there is no such port", "Plug the board in; `ls /dev/serial/by-id` shows what is there."),
        LibC.NoAccess or LibC.NotPermitted => new BenchException(
            BenchLayer.Permission, $"{name}: you may not open it", "Add yourself to its group (often dialout) and log in again."),
        LibC.Busy => new BenchException(
            BenchLayer.Permission, $"{name}: another program has it open", "End that program; `fuser` names it."),
        LibC.InputOutput => new BenchException(
            BenchLayer.Cable, $"{name}: the port answers with an error", "Unplug it and plug it in again."),
        _ => new BenchException(
            BenchLayer.Host, $"{name} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}", "Check the path in the device URI."),
    };
}
