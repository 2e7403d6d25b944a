using System.Runtime.InteropServices;
using System.Text;

namespace HilBench.Devices.Native;

/// <summary>
/// One opened <c>hil_device</c>. Closed by Dispose only: a device is closed on the thread that uses it, and a finalizer
/// runs on another one.
/// </summary>
internal sealed unsafe class NativeDeviceHandle : SafeHandle
{
    private const int ErrorBytes = 1024;

    private readonly DeviceLibrary _library;
    private bool _isDisposing;

    private NativeDeviceHandle(DeviceLibrary library, nint device)
        : base(0, ownsHandle: true)
    {
        _library = library;
        SetHandle(device);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The <c>hil_device</c>; valid while this object is not disposed.</summary>
    public nint Device => handle;

    /// <summary>Opens a device.</summary>
    /// <exception cref="DeviceOpenException">The library refused.</exception>
    public static NativeDeviceHandle Open(DeviceLibrary library, string options)
    {
        var error = stackalloc byte[ErrorBytes];
        error[0] = 0;
        nint device;
        fixed (byte* text = Encoding.UTF8.GetBytes(options + '\0'))
        {
            device = library.Open(text, error, ErrorBytes);
        }

        if (device != 0)
        {
            return new NativeDeviceHandle(library, device);
        }

        error[ErrorBytes - 1] = 0;
        var message = Marshal.PtrToStringUTF8((nint)error);
        throw new DeviceOpenException(
            $"{library.Path} did not open with options \"{options}\": "
                + (string.IsNullOrEmpty(message) ? "hil_open gave no reason" : message),
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
