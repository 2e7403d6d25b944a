using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Lab.Native;
using Microsoft.Win32.SafeHandles;

namespace HilBench.Lab;

/// <summary>Opens the character devices of gear.</summary>
internal static class CharacterDevice
{
    /// <summary>Opens a device for reading and writing.</summary>
    /// <param name="path">For example /dev/gpiochip0.</param>
    /// <param name="advice">What to do when it cannot be opened.</param>
    /// <exception cref="BenchException">Host: it is not there. Permission: no right.</exception>
    public static SafeFileHandle Open(string path, string advice)
    {
        var handle = new SafeFileHandle(LibC.open(path, LibC.ReadWrite | LibC.CloseOnExec, 0), ownsHandle: true);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw new BenchException(
            error == LibC.NoAccess ? BenchLayer.Permission : BenchLayer.Host, $"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}", advice);
    }
}
