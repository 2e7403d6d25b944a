using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Links.Mailbox;
using HilBench.Links.Native;

namespace HilBench.Links;

/// <summary>
/// The board's end of a BAR mailbox in a shared file: a simulated board stands here, a host opens the file
/// (<c>pcie:FILE</c>), or the BAR of a virtual machine's ivshmem device that shows it. Hosts may come and go: bytes that no
/// host takes for a tenth of a second are lost. Source: docs/bar-mailbox.md.
/// </summary>
public sealed class MailboxBoard : ICarrier
{
    /// <summary>Bytes of each ring unless told otherwise.</summary>
    public const int UsualRingBytes = 1 << 16;

    private const int OwnerAndGroup = 0x1B0; // rw-rw----
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(100);

    private readonly DescriptorHandle _file;
    private readonly MappedMemory _memory;
    private readonly MailboxRing _in;
    private readonly MailboxRing _out;
    private readonly ByteQueue _kept = new();
    private readonly byte[] _piece = new byte[4096];
    private bool _isClosed;

    private MailboxBoard(DescriptorHandle file, MappedMemory memory, string path, uint ringBytes)
    {
        (_file, _memory, Name) = (file, memory, $"bar:{path}");
        var inOffset = (uint)MailboxLayout.HeaderBytes;
        var outOffset = inOffset + ringBytes;
        var boot = memory.ReadWord(MailboxLayout.BootAt) + 1;
        memory.WriteWord(MailboxLayout.MagicAt, 0);
        foreach (var index in (int[])[MailboxLayout.InProducerAt, MailboxLayout.InConsumerAt, MailboxLayout.OutProducerAt, MailboxLayout.OutConsumerAt])
        {
            memory.WriteWord(index, 0);
        }

        for (var at = MailboxLayout.ReservedAt; at < MailboxLayout.InProducerAt; at += sizeof(uint))
        {
            memory.WriteWord(at, 0);
        }

        memory.WriteWord(MailboxLayout.VersionAt, MailboxLayout.Version);
        memory.WriteWord(MailboxLayout.LengthAt, outOffset + ringBytes);
        memory.WriteWord(MailboxLayout.BootAt, boot);
        memory.WriteWord(MailboxLayout.InOffsetAt, inOffset);
        memory.WriteWord(MailboxLayout.InSizeAt, ringBytes);
        memory.WriteWord(MailboxLayout.OutOffsetAt, outOffset);
        memory.WriteWord(MailboxLayout.OutSizeAt, ringBytes);
        _in = new MailboxRing(memory, inOffset, ringBytes, MailboxLayout.InProducerAt, MailboxLayout.InConsumerAt, 0);
        _out = new MailboxRing(memory, outOffset, ringBytes, MailboxLayout.OutProducerAt, MailboxLayout.OutConsumerAt, 0);
        memory.WriteWord(MailboxLayout.MagicAt, MailboxLayout.Magic);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.None;

    /// <summary>Starts a board: the mailbox is made anew, with another boot number.</summary>
    /// <param name="path">A file; it is made as long as needed, and stays when the board goes.</param>
    /// <param name="ringBytes">Bytes of each of the two rings: a power of two, 64 to 16 MiB.</param>
    /// <exception cref="BenchException">Host or Permission: no such file can be made or mapped.</exception>
#pragma warning disable CA2000 // what is opened here goes to the one that is returned; disposed below when there is none
    public static MailboxBoard Create(string path, int ringBytes = UsualRingBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(
            int.IsPow2(ringBytes) && ringBytes is >= (int)MailboxLayout.SmallestRing and <= (int)MailboxLayout.LargestRing, other: true);
        var length = MailboxLayout.HeaderBytes + (2L * ringBytes);
        // Not by FileStream: its lock would meet that of a host.
        var handle = new DescriptorHandle(LibC.open(path, LibC.ReadWrite | LibC.Create | LibC.CloseOnExec, OwnerAndGroup));
        try
        {
            if (handle.IsInvalid || LibC.lseek(handle, 0, LibC.SeekEnd) is var present && present < length && LibC.ftruncate(handle, length) < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                throw new BenchException(
                    error is LibC.NoAccess or LibC.NotPermitted ? BenchLayer.Permission : BenchLayer.Host,
                    $"bar:{path} cannot be made: {Marshal.GetPInvokeErrorMessage(error)}",
                    "Choose another file.");
            }

            return new MailboxBoard(handle, MappedMemory.Map(handle, 0, length, $"bar:{path}"), path, (uint)ringBytes);
        }
        catch (BenchException)
        {
            handle.Dispose();
            throw;
        }
    }
#pragma warning restore CA2000

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        ThrowIfClosed();
        var soon = deadline.NoLaterThan(_patience);
        var wait = new PollingWait();
        while (!bytes.IsEmpty)
        {
            var count = _out.Write(bytes);
            bytes = bytes[count..];
            if (count > 0)
            {
                (soon, wait) = (deadline.NoLaterThan(_patience), new PollingWait());
                continue;
            }

            if (soon.HasPassed)
            {
                return; // nobody reads
            }

            while (_in.Read(_piece) is var more and > 0)
            {
                _kept.Add(_piece.AsSpan(0, more));
            }

            wait.Wait(soon);
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        ThrowIfClosed();
        var wait = new PollingWait();
        while (true)
        {
            var count = _kept.Count > 0 ? _kept.Take(buffer) : _in.Read(buffer);
            if (count > 0 || deadline.HasPassed)
            {
                return count;
            }

            if (_in.IsProducerWrong)
            {
                _in.Drop();
            }

            wait.Wait(deadline);
        }
    }

    /// <summary>The board goes: its magic does, so that a host sees it at once.</summary>
    public void Dispose()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _memory.WriteWord(MailboxLayout.MagicAt, 0);
            _memory.Dispose();
            _file.Dispose();
        }
    }

    private void ThrowIfClosed()
    {
        if (_isClosed)
        {
            throw new BenchException(BenchLayer.Cable, $"{Name}: the simulated board is gone", "Start it again.");
        }
    }
}
