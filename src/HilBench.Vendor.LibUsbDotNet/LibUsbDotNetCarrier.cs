using HilBench.Journal;
using HilBench.Links;
using LibUsbDotNet;
using LibUsbDotNet.LibUsb;
using LibUsbDotNet.Main;

namespace HilBench.Vendor.LibUsbDotNet;

/// <summary>
/// A pair of bulk endpoints through LibUsbDotNet 3. Transfers are synchronous there, so a write is interrupted now and then
/// to take in what comes meanwhile.
/// </summary>
public sealed class LibUsbDotNetCarrier : ICarrier
{
    private const int TransferBytes = 16 * 1024;
    private const int TurnMs = 20;

    private readonly UsbContext _context;
    private readonly IUsbDevice _device;
    private readonly UsbBulkInterface _bulk;
    private readonly UsbEndpointReader _reader;
    private readonly UsbEndpointWriter _writer;
    private readonly ByteQueue _kept = new();
    private readonly byte[] _in = new byte[TransferBytes];
    private readonly byte[] _out = new byte[TransferBytes];
    private BenchException? _gone;

    private LibUsbDotNetCarrier(UsbContext context, IUsbDevice device, UsbBoard board)
    {
        (_context, _device, _bulk, Name) = (context, device, board.Bulk, board.Uri);
        _reader = device.OpenEndpointReader((ReadEndpointID)board.Bulk.InEndpoint);
        _writer = device.OpenEndpointWriter((WriteEndpointID)board.Bulk.OutEndpoint);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.None;

    /// <summary>Makes <c>usb:...?via=libusbdotnet</c> open this carrier.</summary>
    public static void Register() => CarrierAdapters.Add("usb", "libusbdotnet", uri => Open(UsbBoards.Find(uri.Usb!)));

    /// <summary>Opens a board.</summary>
    /// <exception cref="BenchException">Host: no libusb. Cable: it has gone. Permission: no right, or another program has it.</exception>
    public static LibUsbDotNetCarrier Open(UsbBoard board)
    {
        ArgumentNullException.ThrowIfNull(board);
#pragma warning disable CA2000 // the carrier owns context and device; disposed below when there is none
        var context = NewContext(board);
        try
        {
            var device = context.List().FirstOrDefault(one => IsAt(one, board.NodePath)) ?? throw new BenchException(
                BenchLayer.Cable, $"{board.Uri}: the board has just gone away", "Plug it in again.");
#pragma warning restore CA2000
            if (!device.TryOpen() || !device.ClaimInterface(board.Bulk.Number))
            {
                throw NotOpened(board, null);
            }

            return new LibUsbDotNetCarrier(context, device, board);
        }
        catch (UsbException e)
        {
            context.Dispose();
            throw NotOpened(board, e);
        }
        catch (BenchException)
        {
            context.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        ThrowIfGone();
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, TransferBytes)];
            piece.CopyTo(_out);
            var hasPassed = deadline.HasPassed;
            var error = _writer.Write(_out, 0, piece.Length, Turn(deadline), out var written);
            bytes = bytes[written..];
            if (error is not (Error.Success or Error.Timeout or Error.Interrupted))
            {
                throw IsGone(error);
            }

            if (error == Error.Success)
            {
                continue;
            }

            if (hasPassed)
            {
                throw new BenchException(BenchLayer.Cable, $"{Name} takes no more bytes", "Is the board alive?");
            }

            Receive(1);
        }
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
            var hasPassed = deadline.HasPassed;
            Receive(Turn(deadline));
            if (hasPassed && _kept.Count == 0)
            {
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_device.IsOpen)
        {
            _device.ReleaseInterface(_bulk.Number);
            _device.Close();
        }

        _context.Dispose();
        _gone ??= new BenchException(BenchLayer.Cable, $"{Name} is closed", "Open it again.");
    }

    // 0 means without end there.
    private static int Turn(Deadline deadline) => (int)Math.Clamp(Math.Ceiling(deadline.Left.TotalMilliseconds), 1, TurnMs);

    private static bool IsAt(IUsbDevice one, string nodePath) =>
        one is UsbDevice device && nodePath == $"/dev/bus/usb/{device.BusNumber:000}/{device.Address:000}";

    private static UsbContext NewContext(UsbBoard board)
    {
        try
        {
            return new UsbContext();
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or UsbException)
        {
            throw new BenchException(BenchLayer.Host, $"{board.Uri}: libusb-1.0 cannot be used", "Install it: apt-get install libusb-1.0-0.", e);
        }
    }

    private void Receive(int timeoutMs)
    {
        var error = _reader.Read(_in, 0, TransferBytes, timeoutMs, out var count);
        _kept.Add(_in.AsSpan(0, count));
        if (error is not (Error.Success or Error.Timeout or Error.Interrupted) && _kept.Count == 0)
        {
            throw IsGone(error);
        }
    }

    private void ThrowIfGone()
    {
        if (_gone is not null)
        {
            throw _gone;
        }
    }

    private BenchException IsGone(Error error) => _gone = new BenchException(
        BenchLayer.Cable, $"{Name}: the board is gone ({error})", "Is the cable plugged in, and does the board have power?");

    private static BenchException NotOpened(UsbBoard board, Exception? cause) => new(
        BenchLayer.Permission, $"{board.Uri}: {board.NodePath} is not given to you", "Install the udev rules of this project; is another program using it?", cause);
}
