using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Links.Native;

namespace HilBench.Links.Mailbox;

/// <summary>
/// A mapped BAR or shared file. Every access is one aligned 32-bit read or write, or single bytes, so that the hardware
/// behind it sees what docs/bar-mailbox.md says (BAR-3).
/// </summary>
internal sealed unsafe class MappedMemory : IDisposable
{
    private byte* _start;

    private MappedMemory(byte* start, long length)
    {
        _start = start;
        Length = length;
    }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a descriptor for reading and writing.</summary>
    /// <exception cref="BenchException">Permission or Host: it cannot be mapped.</exception>
    public static MappedMemory Map(SafeHandle descriptor, long offset, long length, string name)
    {
        var start = LibC.mmap(null, (nuint)length, LibC.ReadMemory | LibC.WriteMemory, LibC.SharedMapping, descriptor, offset);
        if (start != -1)
        {
            return new MappedMemory((byte*)start, length);
        }

        var error = Marshal.GetLastPInvokeError();
        throw error is LibC.NotPermitted or LibC.NoAccess
            ? new BenchException(BenchLayer.Permission, $"{name}: the kernel does not let you map it", "Run as root; under Secure Boot (kernel lockdown) use ?via=vfio.")
            : new BenchException(BenchLayer.Host, $"{name} cannot be mapped: {Marshal.GetPInvokeErrorMessage(error)}", "Is it a memory BAR that the kernel has enabled?");
    }

    public uint ReadWord(int at) => Volatile.Read(ref *(uint*)(_start + at));

    public void WriteWord(int at, uint value) => Volatile.Write(ref *(uint*)(_start + at), value);

    public void Read(long at, Span<byte> to)
    {
        var i = 0;
        for (; i < to.Length && ((at + i) & 3) != 0; i++)
        {
            to[i] = Volatile.Read(ref _start[at + i]);
        }

        for (; i + 4 <= to.Length; i += 4)
        {
            var word = Volatile.Read(ref *(uint*)(_start + at + i));
            MemoryMarshal.Write(to[i..], in word);
        }

        for (; i < to.Length; i++)
        {
            to[i] = Volatile.Read(ref _start[at + i]);
        }
    }

    public void Write(long at, ReadOnlySpan<byte> from)
    {
        var i = 0;
        for (; i < from.Length && ((at + i) & 3) != 0; i++)
        {
            Volatile.Write(ref _start[at + i], from[i]);
        }

        for (; i + 4 <= from.Length; i += 4)
        {
            Volatile.Write(ref *(uint*)(_start + at + i), MemoryMarshal.Read<uint>(from[i..]));
        }

        for (; i < from.Length; i++)
        {
            Volatile.Write(ref _start[at + i], from[i]);
        }
    }

    public void Dispose()
    {
        if (_start is not null)
        {
            _ = LibC.munmap(_start, (nuint)Length); // of what mmap gave: it cannot fail
            _start = null;
        }
    }
}
