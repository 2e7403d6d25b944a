using System.Runtime.InteropServices;

namespace HilBench.Links.Native;

/// <summary>The calls of libc that carriers need. Linux.</summary>
internal static unsafe partial class LibC
{
    public const int ReadWrite = 0x2;      // O_RDWR
    public const int NoControl = 0x100;    // O_NOCTTY
    public const int Create = 0x40;        // O_CREAT
    public const int NonBlocking = 0x800;  // O_NONBLOCK
    public const int CloseOnExec = 0x80000; // O_CLOEXEC

    public const int ReadMemory = 0x1;   // PROT_READ
    public const int WriteMemory = 0x2;  // PROT_WRITE
    public const int SharedMapping = 0x1; // MAP_SHARED

    public const short In = 0x1;   // POLLIN
    public const short Out = 0x4;  // POLLOUT
    public const short Gone = 0x38; // POLLERR, POLLHUP, POLLNVAL

    public const int NotPermitted = 1;  // EPERM
    public const int NoEntry = 2;       // ENOENT
    public const int Interrupted = 4;   // EINTR
    public const int InputOutput = 5;   // EIO
    public const int NoSuchDevice = 6;  // ENXIO
    public const int TryAgain = 11;     // EAGAIN
    public const int NoAccess = 13;     // EACCES
    public const int Busy = 16;         // EBUSY
    public const int NoDevice = 19;     // ENODEV

    public const int SeekEnd = 2; // SEEK_END

    public const int LockExclusive = 2 | 4; // LOCK_EX, LOCK_NB

    public const uint TtyExclusive = 0x540C; // TIOCEXCL
    public const uint TtyFlush = 0x540B;     // TCFLSH
    public const uint ModemGet = 0x5415;     // TIOCMGET
    public const uint TermiosGet = 0x802C542A; // TCGETS2
    public const uint TermiosSet = 0x402C542B; // TCSETS2

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial long lseek(SafeHandle descriptor, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int ftruncate(SafeHandle descriptor, long length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(SafeHandle descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(SafeHandle descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int ppoll(PollEntry* entries, nuint count, TimeSpecification* timeout, void* signals);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int flock(SafeHandle descriptor, int operation);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int ioctl(SafeHandle descriptor, nuint request, void* argument);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint mmap(void* address, nuint length, int protection, int flags, SafeHandle descriptor, long offset);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int munmap(void* address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pread(SafeHandle descriptor, void* buffer, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pwrite(SafeHandle descriptor, void* buffer, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_openpt(int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int grantpt(SafeHandle descriptor);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int unlockpt(SafeHandle descriptor);

    [LibraryImport("libc")]
    public static partial int ptsname_r(SafeHandle descriptor, byte* name, nuint size);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Seen;
    }

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct termios2.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Termios
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
        public byte Line;
        public fixed byte Characters[19];
        public uint InputSpeed;
        public uint OutputSpeed;
    }
}
