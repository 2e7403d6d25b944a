using System.Runtime.InteropServices;

namespace HilBench.Devices.Linked;

/// <summary>
/// The library of the Verilated board over hdl/sim/hilbench_uart.h as a table of function pointers. It stays loaded until
/// the process ends.
/// </summary>
internal sealed unsafe class UartLibrary
{
    /// <summary>HIL_UART_CLOCK_HZ: cycles of the board's clock in a second.</summary>
    public const long ClockHz = 24_000_000;

    /// <summary>Clock cycles of a byte on the line: HIL_UART_BIT_CLOCKS for each of 10 bits.</summary>
    public const long ByteClocks = 80;

    private const uint Version = 1;

    private UartLibrary(string path, nint handle)
    {
        Path = path;
        var version = ((delegate* unmanaged[Cdecl]<uint>)Required(path, handle, "hil_uart_version"))();
        if (version != Version)
        {
            throw new DeviceOpenException(
                $"{path} implements version {version} of the board's interface, this bench version {Version}", "Run `make build`.");
        }

        Open = (delegate* unmanaged[Cdecl]<byte*, byte*, nuint, nint>)Required(path, handle, "hil_uart_open");
        Close = (delegate* unmanaged[Cdecl]<nint, void>)Required(path, handle, "hil_uart_close");
        Clocks = (delegate* unmanaged[Cdecl]<nint, ulong>)Required(path, handle, "hil_uart_clocks");
        Exchange = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, ulong, nuint>)Required(path, handle, "hil_uart_exchange");
    }

    public string Path { get; }

    public delegate* unmanaged[Cdecl]<byte*, byte*, nuint, nint> Open { get; }

    public delegate* unmanaged[Cdecl]<nint, void> Close { get; }

    public delegate* unmanaged[Cdecl]<nint, ulong> Clocks { get; }

    public delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, ulong, nuint> Exchange { get; }

    /// <summary>Loads it.</summary>
    /// <exception cref="DeviceOpenException">It is not there, or no such library.</exception>
    public static UartLibrary Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new DeviceOpenException(
                $"the Verilated board is not built: there is no file {path}",
                "Run `make build`; boards with a fault: `make -C hdl boards-faulty`.");
        }

        try
        {
            return new UartLibrary(path, NativeLibrary.Load(path));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new DeviceOpenException($"{path} cannot be loaded as a shared library", "Build it again: `make build`.", e);
        }
    }

    private static nint Required(string path, nint handle, string symbol) => NativeLibrary.TryGetExport(handle, symbol, out var address)
        ? address
        : throw new DeviceOpenException($"{path} has no function {symbol}", "Build it again: `make build`.");
}
