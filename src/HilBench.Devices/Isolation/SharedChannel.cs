using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace HilBench.Devices.Isolation;

/// <summary>
/// The memory that the bench and a device process share: one request, one answer, and TLP records both ways. Whoever
/// waits spins a little and then sleeps on a futex, so that handing over costs microseconds.
/// </summary>
internal sealed unsafe partial class SharedChannel : IDisposable
{
    public const int InCapacity = 256 << 10;
    public const int OutCapacity = 1 << 20;
    public const int TextCapacity = 60 << 10;

    private const int TextOffset = 4096;
    private const int InOffset = TextOffset + TextCapacity;
    private const int OutOffset = InOffset + InCapacity;
    private const int TotalBytes = OutOffset + OutCapacity;
    private const int SpinsBeforeSleep = 400;
    private const int FutexWait = 0;
    private const int FutexWake = 1;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;

    private SharedChannel(string path, FileMode mode)
    {
        using var stream = new FileStream(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.SetLength(TotalBytes);
        _file = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, TotalBytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, TotalBytes);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
    }

    /// <summary>The words of both sides; the memory is zero at first.</summary>
    public ref ChannelWords Words => ref *(ChannelWords*)_base;

    /// <summary>Messages and descriptions, UTF-8.</summary>
    public Span<byte> Text => new(_base + TextOffset, TextCapacity);

    /// <summary>TLP records to the device.</summary>
    public Span<byte> In => new(_base + InOffset, InCapacity);

    /// <summary>TLP records from the device.</summary>
    public Span<byte> Out => new(_base + OutOffset, OutCapacity);

    /// <summary>Makes the shared file.</summary>
    /// <exception cref="IOException">There is no room for it.</exception>
    public static SharedChannel Create(string path) => new(path, FileMode.CreateNew);

    /// <summary>Opens the shared file of the other side.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
    public static SharedChannel Attach(string path) => new(path, FileMode.Open);

    /// <summary>Puts a request or an answer: everything written before it is seen by the other side.</summary>
    public static void Put(ref uint word, ref uint sleeper, uint value)
    {
        Volatile.Write(ref word, value);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref sleeper) != 0)
        {
            Futex(ref word, FutexWake, 1, default);
        }
    }

    /// <summary>Waits until a word has a value, at most about <paramref name="milliseconds"/>.</summary>
    /// <returns>Whether it has.</returns>
    public static bool Await(ref uint word, ref uint sleeper, uint value, int milliseconds)
    {
        var spins = Environment.ProcessorCount > 1 ? SpinsBeforeSleep : 1;
        for (var i = 0; i < spins; i++)
        {
            if (Volatile.Read(ref word) == value)
            {
                return true;
            }

            Thread.SpinWait(30);
        }

        Volatile.Write(ref sleeper, 1);
        Interlocked.MemoryBarrier();
        var seen = Volatile.Read(ref word);
        if (seen != value)
        {
            Futex(ref word, FutexWait, seen, TimeSpan.FromMilliseconds(milliseconds));
        }

        Volatile.Write(ref sleeper, 0);
        return Volatile.Read(ref word) == value;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static void Futex(ref uint word, int operation, uint value, TimeSpan timeout)
    {
        var limit = new TimeSpec(timeout.Ticks / TimeSpan.TicksPerSecond, timeout.Ticks % TimeSpan.TicksPerSecond * 100);
        fixed (uint* address = &word)
        {
            _ = SystemCall(FutexNumber, address, operation, value, operation == FutexWait ? &limit : null, null, 0);
        }
    }

    private static nint FutexNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 98 : 202;

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(
        nint number, uint* address, nint operation, nuint value, TimeSpec* timeout, uint* address2, nuint value3);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
