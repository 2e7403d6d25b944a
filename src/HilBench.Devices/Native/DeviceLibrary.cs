using System.Runtime.InteropServices;

namespace HilBench.Devices.Native;

/// <summary>
/// A shared library over hdl/sim/hilbench_device.h as a table of function pointers. It stays loaded until the process
/// ends, so that nothing can call into a library that is gone.
/// </summary>
internal sealed unsafe class DeviceLibrary
{
    /// <summary>HIL_ABI_VERSION of the header that this bench was built with.</summary>
    public const uint AbiVersion = 1;

    private const string BuildAdvice =
        "Build it over hdl/sim/hilbench_device.h, every function of it with C linkage and exported.";

    private readonly nint _handle;

    private DeviceLibrary(string path, nint handle)
    {
        Path = path;
        _handle = handle;
        // The version first: a library of another version may lack the rest.
        CheckAbiVersion((delegate* unmanaged[Cdecl]<uint>)Required("hil_abi_version"));
        Open = (delegate* unmanaged[Cdecl]<byte*, byte*, nuint, nint>)Required("hil_open");
        Close = (delegate* unmanaged[Cdecl]<nint, void>)Required("hil_close");
        Describe = (delegate* unmanaged[Cdecl]<nint, byte*>)Required("hil_describe");
        Reset = (delegate* unmanaged[Cdecl]<nint, int, void>)Required("hil_reset");
        Send = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, int>)Required("hil_send");
        Receive = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, int>)Required("hil_receive");
        Run = (delegate* unmanaged[Cdecl]<nint, ulong, ulong>)Required("hil_run");
        Cycles = (delegate* unmanaged[Cdecl]<nint, ulong>)Required("hil_cycles");
        Wave = (delegate* unmanaged[Cdecl]<nint, byte*, int>)Optional("hil_wave");
        Covered = (delegate* unmanaged[Cdecl]<nint, ulong>)Optional("hil_covered");
        ExchangeRun = (delegate* unmanaged[Cdecl]<nint, HilExchange*, int>)Optional("hil_exchange_run");
        SnapshotSize = (delegate* unmanaged[Cdecl]<nint, nuint>)Optional("hil_snapshot_size");
        Save = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, int>)Optional("hil_save");
        Restore = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, int>)Optional("hil_restore");
    }

    public string Path { get; }

    public delegate* unmanaged[Cdecl]<byte*, byte*, nuint, nint> Open { get; }

    public delegate* unmanaged[Cdecl]<nint, void> Close { get; }

    public delegate* unmanaged[Cdecl]<nint, byte*> Describe { get; }

    public delegate* unmanaged[Cdecl]<nint, int, void> Reset { get; }

    public delegate* unmanaged[Cdecl]<nint, byte*, nuint, int> Send { get; }

    public delegate* unmanaged[Cdecl]<nint, byte*, nuint, int> Receive { get; }

    public delegate* unmanaged[Cdecl]<nint, ulong, ulong> Run { get; }

    public delegate* unmanaged[Cdecl]<nint, ulong> Cycles { get; }

    /// <summary>Null when the library records no waves.</summary>
    public delegate* unmanaged[Cdecl]<nint, byte*, int> Wave { get; }

    /// <summary>Null when the library counts no coverage.</summary>
    public delegate* unmanaged[Cdecl]<nint, ulong> Covered { get; }

    /// <summary>Null when the library leaves the loop to the host.</summary>
    public delegate* unmanaged[Cdecl]<nint, HilExchange*, int> ExchangeRun { get; }

    /// <summary>Null, or all three: when the library can save its devices.</summary>
    public delegate* unmanaged[Cdecl]<nint, nuint> SnapshotSize { get; }

    public delegate* unmanaged[Cdecl]<nint, byte*, nuint, int> Save { get; }

    public delegate* unmanaged[Cdecl]<nint, byte*, nuint, int> Restore { get; }

    /// <summary>Loads a library.</summary>
    /// <exception cref="DeviceOpenException">There is no such file, it is no shared library, or it is not a
    /// device.</exception>
    public static DeviceLibrary Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new DeviceOpenException($"there is no file {path}", "Check the path in the device URI.");
        }

        try
        {
            return new DeviceLibrary(path, NativeLibrary.Load(path));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new DeviceOpenException(
                $"{path} cannot be loaded as a shared library: {LoaderMessage(e)}",
                "It has to be a shared library for this machine, and the libraries that it needs have to be there.",
                e);
        }
    }

    private static string LoaderMessage(Exception e)
    {
        // The runtime lists every name it tried, one on a line; the loader's own words stand on the first with a colon.
        var lines = e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.FirstOrDefault(line => line.StartsWith('/'), lines.FirstOrDefault() ?? "no reason given");
    }

    private void CheckAbiVersion(delegate* unmanaged[Cdecl]<uint> abiVersion)
    {
        var version = abiVersion();
        if (version != AbiVersion)
        {
            throw new DeviceOpenException(
                $"{Path} implements version {version} of the device ABI, this bench version {AbiVersion}",
                "Build it again over the hdl/sim/hilbench_device.h of this bench.");
        }
    }

    private nint Required(string symbol) => NativeLibrary.TryGetExport(_handle, symbol, out var address)
        ? address
        : throw new DeviceOpenException($"{Path} has no function {symbol}", BuildAdvice);

    private nint Optional(string symbol) =>
        NativeLibrary.TryGetExport(_handle, symbol, out var address) ? address : 0;
}
