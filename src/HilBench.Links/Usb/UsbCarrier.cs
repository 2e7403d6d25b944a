using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Links.Native;

namespace HilBench.Links;

/// <summary>
/// A pair of bulk endpoints of a USB board, through libusb-1.0. Several transfers to the host are always under way, so
/// that nothing is lost between two reads; a board that is unplugged ends them all at once. The interface is taken for this
/// process alone.
/// </summary>
public sealed unsafe class UsbCarrier : ICarrier
{
    private const int TransfersEachWay = 4;
    private const int StallsMax = 3;
    private static readonly TimeSpan _drainPatience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _cancelPatience = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly UsbBulkInterface _bulk;
    private readonly UsbTransfer[] _ins = new UsbTransfer[TransfersEachWay];
    private readonly UsbTransfer[] _outs = new UsbTransfer[TransfersEachWay];
    private readonly ByteQueue _kept = new();
    private DescriptorHandle? _node;
    private nint _context;
    private nint _device;
    private int _nextIn;
    private int _nextOut;
    private int _stalls;
    private BenchException? _gone;

    private UsbCarrier(string name, UsbBulkInterface bulk, TimeProvider time) => (Name, _bulk, _time) = (name, bulk, time);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.None;

    /// <summary>Opens the one board that is meant.</summary>
    /// <exception cref="BenchException">
    /// Host: no libusb-1.0, or no USB. Cable: no such board, or more than one. Permission: no right, or another program has it.
    /// </exception>
    public static UsbCarrier Open(UsbSelector selector, TimeProvider time) => Open(UsbBoards.Find(selector), time);

    /// <summary>Opens a board.</summary>
    /// <exception cref="BenchException">As above.</exception>
    public static UsbCarrier Open(UsbBoard board, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(board);
        var carrier = new UsbCarrier(board.Uri, board.Bulk, time);
        try
        {
            carrier.Claim(board);
            return carrier;
        }
        catch (DllNotFoundException e)
        {
            carrier.Dispose();
            throw new BenchException(
                BenchLayer.Host, $"{board.Uri}: libusb-1.0 is not on this machine", "Install it: apt-get install libusb-1.0-0.", e);
        }
        catch (BenchException)
        {
            carrier.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        ThrowIfGone();
        while (!bytes.IsEmpty)
        {
            var transfer = _outs[_nextOut];
            var isLast = false;
            while (transfer.IsPending && !TryFinish(transfer))
            {
                if (isLast)
                {
                    throw new BenchException(BenchLayer.Cable, $"{Name} takes no more bytes", "Is the board alive?");
                }

                isLast = deadline.HasPassed;
                HandleEvents(deadline.Left);
                Keep();
            }

            var piece = bytes[..Math.Min(bytes.Length, UsbTransfer.BufferBytes)];
            piece.CopyTo(transfer.Buffer);
            Submit(transfer, piece.Length);
            _nextOut = (_nextOut + 1) % TransfersEachWay;
            bytes = bytes[piece.Length..];
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        var isLast = false;
        while (true)
        {
            Keep();
            if (_kept.Count > 0)
            {
                return _kept.Take(buffer);
            }

            ThrowIfGone();
            if (isLast)
            {
                return 0;
            }

            isLast = deadline.HasPassed;
            HandleEvents(deadline.Left);
        }
    }

    /// <summary>What was written still goes out, for a tenth of a second at most; then the board is free for others.</summary>
    public void Dispose()
    {
        if (_device != 0)
        {
            AwaitAll(_outs, _gone is null ? _drainPatience : TimeSpan.Zero);
            CancelAll(_ins);
            CancelAll(_outs);
            _ = LibUsb.libusb_release_interface(_device, _bulk.Number); // a board that is gone has none
            LibUsb.libusb_close(_device);
            _device = 0;
        }

        if (_context != 0)
        {
            LibUsb.libusb_exit(_context);
            _context = 0;
        }

        _node?.Dispose();
        _gone ??= new BenchException(BenchLayer.Cable, $"{Name} is closed", "Open it again.");
    }

    private void Claim(UsbBoard board)
    {
        _node = new DescriptorHandle(LibC.open(board.NodePath, LibC.ReadWrite | LibC.CloseOnExec));
        if (_node.IsInvalid)
        {
            throw NotOpened(board, Marshal.GetLastPInvokeError());
        }

        nint opened;
        fixed (nint* context = &_context)
        {
            ThrowIfNot(LibUsb.libusb_init(context), board);
        }

        ThrowIfNot(LibUsb.libusb_wrap_sys_device(_context, _node.DangerousGetHandle(), &opened), board);
        try
        {
            ThrowIfNot(LibUsb.libusb_claim_interface(opened, _bulk.Number), board);
        }
        catch (BenchException)
        {
            LibUsb.libusb_close(opened);
            throw;
        }

        _device = opened;
        for (var i = 0; i < TransfersEachWay; i++)
        {
            _ins[i] = new UsbTransfer(_device, _bulk.InEndpoint);
            _outs[i] = new UsbTransfer(_device, _bulk.OutEndpoint);
        }

        Listen();
    }

    private void Listen()
    {
        _nextIn = 0;
        foreach (var transfer in _ins)
        {
            Submit(transfer, UsbTransfer.BufferBytes);
        }
    }

    private void Submit(UsbTransfer transfer, int length)
    {
        if (transfer.Submit(length) != LibUsb.Success)
        {
            throw IsGone();
        }
    }

    /// <summary>Takes in what came, in the order in which it was asked for.</summary>
    private void Keep()
    {
        while (_gone is null && _ins[_nextIn] is { IsDone: true } transfer)
        {
            if (transfer.Status == LibUsb.Stall)
            {
                EndStall(_bulk.InEndpoint, _ins);
                Listen();
                return;
            }

            transfer.Collect();
            if (transfer.Status != LibUsb.Completed)
            {
                IsGone();
                return;
            }

            _stalls = 0;
            _kept.Add(transfer.Received);
            _nextIn = (_nextIn + 1) % TransfersEachWay;
            if (transfer.Submit(UsbTransfer.BufferBytes) != LibUsb.Success)
            {
                IsGone(); // said when what was kept is read
            }
        }
    }

    /// <summary>False: it is still under way.</summary>
    private bool TryFinish(UsbTransfer transfer)
    {
        if (!transfer.IsDone)
        {
            return false;
        }

        if (transfer.Status == LibUsb.Stall)
        {
            // What stood in it is lost, as on any carrier; the link sends it again.
            EndStall(_bulk.OutEndpoint, _outs);
            return true;
        }

        transfer.Collect();
        _stalls = 0;
        return transfer.Status == LibUsb.Completed ? true : throw IsGone();
    }

    private void EndStall(byte endpoint, UsbTransfer[] transfers)
    {
        CancelEach(transfers);
        AwaitAll(transfers, _cancelPatience);
        if (++_stalls > StallsMax || LibUsb.libusb_clear_halt(_device, endpoint) != LibUsb.Success)
        {
            throw _gone = new BenchException(
                BenchLayer.Bridge, $"{Name}: the board refuses endpoint 0x{endpoint:x2} again and again", "Switch it off and on; is its firmware right?");
        }
    }

    private void HandleEvents(TimeSpan wait)
    {
        if (Pump(wait) is not (LibUsb.Success or LibUsb.Interrupted))
        {
            throw IsGone();
        }
    }

    private int Pump(TimeSpan wait)
    {
        var timeout = new LibUsb.TimeValue
        {
            Seconds = wait.Ticks / TimeSpan.TicksPerSecond,
            Microseconds = wait.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond,
        };
        return LibUsb.libusb_handle_events_timeout_completed(_context, &timeout, null);
    }

    private static void CancelEach(UsbTransfer[] transfers)
    {
        foreach (var transfer in transfers)
        {
            if (transfer is { IsPending: true, IsDone: false })
            {
                transfer.Cancel();
            }
        }
    }

    private void CancelAll(UsbTransfer[] transfers)
    {
        if (transfers[^1] is null)
        {
            return;
        }

        CancelEach(transfers);
        AwaitAll(transfers, _cancelPatience);
        foreach (var transfer in transfers)
        {
            transfer.Dispose();
        }
    }

    private void AwaitAll(UsbTransfer[] transfers, TimeSpan wait)
    {
        var deadline = Deadline.After(_time, wait);
        foreach (var transfer in transfers)
        {
            var isLast = false;
            while (transfer is { IsPending: true, IsDone: false } && !isLast)
            {
                isLast = deadline.HasPassed;
                Pump(deadline.Left);
            }

            if (transfer is { IsDone: true })
            {
                transfer.Collect();
            }
        }
    }

    private void ThrowIfGone()
    {
        if (_gone is not null)
        {
            throw _gone;
        }
    }

    private BenchException IsGone() => _gone ??= new BenchException(
        BenchLayer.Cable, $"{Name}: the board is gone", "Is the cable plugged in, and does the board have power?");

    private static void ThrowIfNot(int result, UsbBoard board)
    {
        if (result != LibUsb.Success)
        {
            throw result switch
            {
                LibUsb.Busy => NotOpened(board, LibC.Busy),
                LibUsb.Access => NotOpened(board, LibC.NoAccess),
                LibUsb.NoDevice or LibUsb.NotFound => NotOpened(board, LibC.NoDevice),
                _ => new BenchException(BenchLayer.Host, $"{board.Uri}: libusb refuses it (error {result})", "Unplug it and plug it in again."),
            };
        }
    }

    private static BenchException NotOpened(UsbBoard board, int error) => error switch
    {
        LibC.NoEntry or LibC.NoDevice => new BenchException(
            BenchLayer.Cable, $"{board.Uri}: the board has just gone away", "Plug it in again."),
        LibC.NoAccess or LibC.NotPermitted => new BenchException(
            BenchLayer.Permission, $"{board.Uri}: you may not open {board.NodePath}", "Install the udev rules of this project, or run as root."),
        LibC.Busy => new BenchException(
            BenchLayer.Permission, $"{board.Uri}: another program has it open", $"End that program; `fuser {board.NodePath}` names it."),
        _ => new BenchException(
            BenchLayer.Host, $"{board.Uri} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}", "Unplug it and plug it in again."),
    };
}
