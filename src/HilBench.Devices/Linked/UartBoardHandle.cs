using System.Runtime.InteropServices;
using System.Text;

namespace HilBench.Devices.Linked;

/// <summary>An opened <c>hil_uart</c>. Closed by Dispose only: a board is closed on the thread that uses it.</summary>
internal sealed unsafe class UartBoardHandle : SafeHandle
{
    private const int ErrorBytes = 1024;

    private readonly UartLibrary _library;
    private bool _isDisposing;

    private UartBoardHandle(UartLibrary library, nint board)
        : base(0, ownsHandle: true)
    {
        _library = library;
        SetHandle(board);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The <c>hil_uart</c>; valid while this object is not disposed.</summary>
    public nint Board => handle;

    /// <summary>Opens a board; its state is that after power-on.</summary>
    /// <exception cref="DeviceOpenException">The library refused.</exception>
    public static UartBoardHandle Open(UartLibrary library, string options)
    {
        var error = stackalloc byte[ErrorBytes];
        error[0] = 0;
        nint board;
        fixed (byte* text = Encoding.UTF8.GetBytes(options + '\0'))
        {
            board = library.Open(text, error, ErrorBytes);
        }

        if (board != 0)
        {
            return new UartBoardHandle(library, board);
        }

        error[ErrorBytes - 1] = 0;
        throw new DeviceOpenException(
            $"{library.Path} did not open with options \"{options}\": {Marshal.PtrToStringUTF8((nint)error)}",
            "The options are the part of the device URI behind the question mark.");
    }

    protected override void Dispose(bool disposing)
    {
        _isDisposing = disposing;
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        if (_isDisposing)
        {
            _library.Close(handle);
        }

        return true;
    }
}
