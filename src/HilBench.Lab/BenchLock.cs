using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HilBench.Journal;
using HilBench.Lab.Native;
using Microsoft.Win32.SafeHandles;

namespace HilBench.Lab;

/// <summary>
/// A board belongs to one program at a time. The lock is flock(2) on a file: the kernel drops it when its holder ends, however it
/// ends. The file stays, and tells who held the board last.
/// </summary>
public sealed class BenchLock : IDisposable
{
    /// <summary>The folder when it exists; made by packaging/hilbench.tmpfiles.</summary>
    public const string UsualFolder = "/run/lock/hilbench";
    private const string FolderOtherwise = "/tmp";
    private readonly SafeFileHandle _file;

    private BenchLock(SafeFileHandle file) => _file = file;

    /// <summary>Where locks lie when nothing else is said: the same for all users of the machine.</summary>
    public static string DefaultFolder => Directory.Exists(UsualFolder) ? UsualFolder : FolderOtherwise;

    /// <summary>Takes a board, or says who has it.</summary>
    /// <param name="folder">Where locks lie, see <see cref="DefaultFolder"/>.</param>
    /// <param name="board">The board's name in messages.</param>
    /// <param name="place">What tells boards apart: the carrier without options, for example serial:/dev/ttyUSB0.</param>
    /// <param name="purpose">What it is taken for.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="BenchException">Permission: another program has the board, or the lock's file may not be opened.</exception>
    public static BenchLock Take(string folder, string board, string place, string purpose, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var path = PathOf(folder, place);
        var file = Open(path);
        try
        {
            if (LibC.flock(file, LibC.LockNow) == 0)
            {
                Write(file, new LockHolder(Environment.ProcessId, Environment.UserName, time.GetUtcNow(), purpose));
                return new BenchLock(file);
            }

            throw Marshal.GetLastPInvokeError() == LibC.TryAgain
                ? new BenchException(BenchLayer.Permission, $"{board} is in use{Describe(HolderIn(path))}", "Wait for it, or end it; then try again.")
                : NotLocked(path, Marshal.GetLastPInvokeError());
        }
        catch (BenchException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Who holds a board now; null: nobody.</summary>
    public static LockHolder? HolderOf(string folder, string place)
    {
        var path = PathOf(folder, place);
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = Open(path);
        return LibC.flock(file, LibC.LockNow) == 0 ? null : HolderIn(path);
    }

    /// <summary>Gives the board up.</summary>
    public void Dispose() => _file.Dispose();

    private static string PathOf(string folder, string place)
    {
        var name = new string([.. place.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' ? c : '-')]);
        return Path.Combine(folder, $"hilbench-{name}.lock");
    }

    // A file of another user in a folder like /tmp may be opened, but not "opened or made" (fs.protected_regular).
    private static SafeFileHandle Open(string path)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            var file = Handle(LibC.open(path, LibC.ReadWrite | LibC.CloseOnExec, 0));
            var error = Marshal.GetLastPInvokeError();
            if (file.IsInvalid && error == LibC.NoAccess)
            {
                file = Handle(LibC.open(path, LibC.ReadOnly | LibC.CloseOnExec, 0));
                error = Marshal.GetLastPInvokeError();
            }

            if (file.IsInvalid && error == LibC.NoEntry)
            {
                file = Handle(LibC.open(path, LibC.ReadWrite | LibC.Create | LibC.Exclusive | LibC.CloseOnExec, LibC.AnyoneMayWrite));
                error = Marshal.GetLastPInvokeError();
                _ = file.IsInvalid ? 0 : LibC.fchmod(file, LibC.AnyoneMayWrite); // whatever the umask says
            }

            if (!file.IsInvalid)
            {
                return file;
            }

            file.Dispose();
            if (error != LibC.Exists)
            {
                throw NotLocked(path, error);
            }
        }

        throw NotLocked(path, LibC.Exists);
    }

    private static SafeFileHandle Handle(int descriptor) => new(descriptor, ownsHandle: true);

    private static void Write(SafeFileHandle file, LockHolder holder)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{holder.Pid}\n{holder.User}\n{holder.Since:O}\n{holder.Purpose}\n");
        try
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(text), 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The lock holds all the same; who has it is not told.
        }
    }

    private static LockHolder? HolderIn(string path)
    {
        try
        {
            // Not FileStream's default: that asks for a lock of its own.
            using var file = Handle(LibC.open(path, LibC.ReadOnly | LibC.CloseOnExec, 0));
            var bytes = new byte[4096];
            var lines = Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0)).Split('\n');
            return lines.Length >= 4
                && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && DateTimeOffset.TryParseExact(lines[2], "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var since)
                ? new LockHolder(pid, lines[1], since, lines[3])
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Describe(LockHolder? holder) => holder is null
        ? " by another program"
        : string.Create(
            CultureInfo.InvariantCulture,
            $" by process {holder.Pid} of {holder.User} since {holder.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC ({holder.Purpose})");

    private static BenchException NotLocked(string path, int error) => new(
        BenchLayer.Permission, $"the bench lock {path} cannot be taken: {Marshal.GetPInvokeErrorMessage(error)}",
        "Name a folder that you may write to with HILBENCH_LOCKS, the same one for everybody.");
}
