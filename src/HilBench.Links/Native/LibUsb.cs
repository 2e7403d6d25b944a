using System.Runtime.InteropServices;

namespace HilBench.Links.Native;

/// <summary>The calls of libusb-1.0 that the USB carrier needs. Source: libusb-1.0 API, libusb.h.</summary>
internal static unsafe partial class LibUsb
{
    public const int Success = 0;
    public const int Access = -3;       // LIBUSB_ERROR_ACCESS
    public const int NoDevice = -4;     // LIBUSB_ERROR_NO_DEVICE
    public const int NotFound = -5;     // LIBUSB_ERROR_NOT_FOUND
    public const int Busy = -6;         // LIBUSB_ERROR_BUSY
    public const int Interrupted = -10; // LIBUSB_ERROR_INTERRUPTED

    public const int Completed = 0; // LIBUSB_TRANSFER_COMPLETED
    public const int Stall = 4;     // LIBUSB_TRANSFER_STALL

    public const byte BulkType = 2;          // LIBUSB_TRANSFER_TYPE_BULK
    public const byte AddZeroPacket = 1 << 3; // LIBUSB_TRANSFER_ADD_ZERO_PACKET

    private const string Library = "libusb-1.0.so.0";

    [LibraryImport(Library)]
    public static partial int libusb_init(nint* context);

    [LibraryImport(Library)]
    public static partial void libusb_exit(nint context);

    [LibraryImport(Library)]
    public static partial int libusb_wrap_sys_device(nint context, nint descriptor, nint* device);

    [LibraryImport(Library)]
    public static partial void libusb_close(nint device);

    [LibraryImport(Library)]
    public static partial int libusb_claim_interface(nint device, int number);

    [LibraryImport(Library)]
    public static partial int libusb_release_interface(nint device, int number);

    [LibraryImport(Library)]
    public static partial int libusb_clear_halt(nint device, byte endpoint);

    [LibraryImport(Library)]
    public static partial Transfer* libusb_alloc_transfer(int isochronousPackets);

    [LibraryImport(Library)]
    public static partial void libusb_free_transfer(Transfer* transfer);

    [LibraryImport(Library)]
    public static partial int libusb_submit_transfer(Transfer* transfer);

    [LibraryImport(Library)]
    public static partial int libusb_cancel_transfer(Transfer* transfer);

    [LibraryImport(Library)]
    public static partial int libusb_handle_events_timeout_completed(nint context, TimeValue* timeout, int* completed);

    /// <summary>struct timeval.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeValue
    {
        public long Seconds;
        public long Microseconds;
    }

    /// <summary>struct libusb_transfer without its isochronous packets.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Transfer
    {
        public nint Device;
        public byte Flags;
        public byte Endpoint;
        public byte Type;
        public uint TimeoutMs;
        public int Status;
        public int Length;
        public int ActualLength;
        public delegate* unmanaged[Cdecl]<Transfer*, void> Callback;
        public void* UserData;
        public byte* Buffer;
        public int IsochronousPackets;
    }
}
