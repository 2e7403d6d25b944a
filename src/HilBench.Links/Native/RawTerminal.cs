using System.Runtime.InteropServices;
using HilBench.Journal;

namespace HilBench.Links.Native;

/// <summary>Sets a tty to eight bits without any treatment, at any baud rate (termios2, BOTHER).</summary>
internal static unsafe class RawTerminal
{
    private const uint AnySpeed = 0x1000; // BOTHER
    private const uint EightBits = 0x30;  // CS8
    private const uint Receiver = 0x80;   // CREAD
    private const uint IgnoreLines = 0x800; // CLOCAL
    private const int MinIndex = 6;       // VMIN
    private const int TimeIndex = 5;      // VTIME
    private const nint FlushBoth = 2;     // TCIOFLUSH

    /// <exception cref="BenchException">Host: it is no tty. Cable: it cannot do this baud rate.</exception>
    public static void Set(SafeHandle descriptor, string name, int baud)
    {
        LibC.Termios termios;
        if (LibC.ioctl(descriptor, LibC.TermiosGet, &termios) < 0)
        {
            throw new BenchException(BenchLayer.Host, $"{name} is no serial port", "Check the path in the device URI.");
        }

        termios.InputFlags = 0;
        termios.OutputFlags = 0;
        termios.LocalFlags = 0;
        termios.ControlFlags = AnySpeed | EightBits | Receiver | IgnoreLines;
        termios.InputSpeed = (uint)baud;
        termios.OutputSpeed = (uint)baud;
        // A read without bytes says EAGAIN: 0 then means that the other side is gone.
        termios.Characters[MinIndex] = 1;
        termios.Characters[TimeIndex] = 0;
        var isSet = LibC.ioctl(descriptor, LibC.TermiosSet, &termios) == 0;
        var isRead = LibC.ioctl(descriptor, LibC.TermiosGet, &termios) == 0;
        if (!isSet || !isRead || Math.Abs(termios.OutputSpeed - (double)baud) > baud * 0.02)
        {
            throw new BenchException(
                BenchLayer.Cable, $"{name} cannot do {baud} baud, only {termios.OutputSpeed}", "Choose another rate with the option baud=RATE.");
        }
    }

    /// <summary>Drops what came in before.</summary>
    public static void Flush(SafeHandle descriptor) => LibC.ioctl(descriptor, LibC.TtyFlush, (void*)FlushBoth);
}
