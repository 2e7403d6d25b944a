using System.Runtime.InteropServices;

namespace HilBench.Lab.Native;

/// <summary>The calls of libc that the bench lock and the gear need. Linux.</summary>
internal static unsafe partial class LibC
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;         // O_RDWR
    public const int Create = 0x40;         // O_CREAT
    public const int Exclusive = 0x80;      // O_EXCL
    public const int CloseOnExec = 0x80000; // O_CLOEXEC
    public const int LockNow = 2 | 4;       // LOCK_EX, LOCK_NB

    public const int NoEntry = 2;       // ENOENT
    public const int TryAgain = 11;     // EAGAIN
    public const int NoAccess = 13;     // EACCES
    public const int Exists = 17;       // EEXIST

    public const uint AnyoneMayWrite = 0x1B6; // 0666

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmod(SafeHandle descriptor, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int flock(SafeHandle descriptor, int operation);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int ioctl(SafeHandle descriptor, nuint request, void* argument);
}
