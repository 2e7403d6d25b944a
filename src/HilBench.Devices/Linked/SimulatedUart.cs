using HilBench.Links;

namespace HilBench.Devices.Linked;

/// <summary>
/// The line to the Verilated board: bytes go through the bits of its UART. Time is the board's clock, so a run over it is
/// the same each time. Source: hdl/sim/hilbench_uart.h.
/// </summary>
internal sealed unsafe class SimulatedUart : ICarrier
{
    /// <summary>Nanoseconds that a byte takes on the line.</summary>
    public const long ByteNs = UartLibrary.ByteClocks * 1_000_000_000 / UartLibrary.ClockHz;

    private readonly UartLibrary _library;
    private readonly UartBoardHandle _handle;

    private SimulatedUart(UartLibrary library, string options)
    {
        _library = library;
        _handle = UartBoardHandle.Open(library, options);
        Time = new BoardTime(this);
    }

    /// <inheritdoc/>
    public string Name => "rtl-uart:";

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.BitRate;

    /// <summary>The board's clock. It goes on while bytes are written and waited for.</summary>
    public TimeProvider Time { get; }

    private ulong Clocks => _library.Clocks(_handle.Board);

    /// <summary>Powers a board on.</summary>
    /// <param name="path">Its library.</param>
    /// <param name="options">As in the device URI.</param>
    /// <exception cref="DeviceOpenException">No library, or it refused.</exception>
    public static SimulatedUart Open(string path, string options) => new(UartLibrary.Load(Path.GetFullPath(path)), options);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        fixed (byte* first = bytes)
        {
            _library.Exchange(_handle.Board, first, (nuint)bytes.Length, null, 0, 0);
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        fixed (byte* first = buffer)
        {
            // Rounded up: a deadline that has not passed lets some time pass.
            var until = Clocks + (ulong)Math.Ceiling(deadline.Left.TotalSeconds * UartLibrary.ClockHz);
            return (int)_library.Exchange(_handle.Board, null, 0, first, (nuint)buffer.Length, until);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private sealed class BoardTime(SimulatedUart board) : TimeProvider
    {
        public override long TimestampFrequency => UartLibrary.ClockHz;

        public override long GetTimestamp() => (long)board.Clocks;
    }
}
