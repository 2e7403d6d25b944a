using HilBench.Journal;
using HilBench.Links.Mailbox;
using HilBench.Links.Pcie;

namespace HilBench.Links;

/// <summary>
/// The host's end of a BAR mailbox. A board that is gone reads as all ones, or as 0; one that restarted has another boot
/// number, and is attached to anew. Source: docs/bar-mailbox.md.
/// </summary>
public sealed class PcieCarrier : ICarrier
{
    private static readonly TimeSpan _restartPatience = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time;
    private readonly PcieBar _bar;
    private readonly MappedMemory _memory;
    private readonly ByteQueue _kept = new();
    private readonly byte[] _piece = new byte[4096];
    private MailboxRing _in = null!;
    private MailboxRing _out = null!;
    private uint _boot;
    private BenchException? _gone;

    private PcieCarrier(PcieBar bar, string name, TimeProvider time)
    {
        (_bar, _memory, Name, _time) = (bar, bar.Memory, name, time);
        Attach();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.None;

    /// <summary>Opens a mailbox; the board keeps its state.</summary>
    /// <param name="address">Which function, or file.</param>
    /// <param name="access">How; a file is always opened as it is.</param>
    /// <param name="bar">0 to 5.</param>
    /// <param name="time">The clock of waits.</param>
    /// <exception cref="BenchException">
    /// Cable: no such function or BAR. Permission: no right, or another program has it. Host: VFIO is not set up. Bridge: no
    /// mailbox in this BAR.
    /// </exception>
#pragma warning disable CA2000 // what is opened here goes to the one that is returned; disposed below when there is none
    public static PcieCarrier Open(PcieAddress address, PcieAccess access, int bar, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(address);
        var mapped = PcieBar.Open(address, access, bar);
        try
        {
            return new PcieCarrier(mapped, address.ToString(), time);
        }
        catch (BenchException)
        {
            mapped.Dispose();
            throw;
        }
    }
#pragma warning restore CA2000

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        ThrowIfGone();
        var wait = new PollingWait();
        CheckBoard();
        while (!bytes.IsEmpty)
        {
            var count = _in.Write(bytes);
            bytes = bytes[count..];
            if (count > 0)
            {
                wait = new PollingWait();
                continue;
            }

            CheckBoard();
            if (deadline.HasPassed)
            {
                throw new BenchException(BenchLayer.Cable, $"{Name} takes no more bytes", "Is the board alive?");
            }

            Keep();
            wait.Wait(deadline);
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        ThrowIfGone();
        var wait = new PollingWait();
        while (true)
        {
            var count = _kept.Count > 0 ? _kept.Take(buffer) : _out.Read(buffer);
            if (count > 0)
            {
                return count;
            }

            if (wait.IsSlow || _out.IsProducerWrong)
            {
                CheckBoard();
            }

            if (deadline.HasPassed)
            {
                CheckBoard();
                return 0;
            }

            wait.Wait(deadline);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gone ??= new BenchException(BenchLayer.Cable, $"{Name} is closed", "Open it again.");
        _bar.Dispose();
    }

    private void Keep()
    {
        while (_out.Read(_piece) is var count and > 0)
        {
            _kept.Add(_piece.AsSpan(0, count));
        }
    }

    /// <summary>BAR-5.</summary>
    private void Attach()
    {
        var magic = _memory.ReadWord(MailboxLayout.MagicAt);
        if (magic == MailboxLayout.AllOnes)
        {
            throw Gone();
        }

        if (magic != MailboxLayout.Magic)
        {
            throw new BenchException(
                BenchLayer.Bridge,
                $"{Name}: there is no mailbox, it begins with 0x{magic:X8}",
                "Does the board run, and is it the right BAR (option bar=N)?");
        }

        if (_memory.ReadWord(MailboxLayout.VersionAt) is var version and not MailboxLayout.Version)
        {
            throw new BenchException(
                BenchLayer.Bridge, $"{Name}: the mailbox is of version {version}, this program knows version {MailboxLayout.Version}", "Bring both sides to the same release.");
        }

        var length = _memory.ReadWord(MailboxLayout.LengthAt);
        _boot = _memory.ReadWord(MailboxLayout.BootAt);
        var inOffset = _memory.ReadWord(MailboxLayout.InOffsetAt);
        var inSize = _memory.ReadWord(MailboxLayout.InSizeAt);
        var outOffset = _memory.ReadWord(MailboxLayout.OutOffsetAt);
        var outSize = _memory.ReadWord(MailboxLayout.OutSizeAt);
        if (length > _memory.Length || !IsRing(inOffset, inSize, length) || !IsRing(outOffset, outSize, length)
            || Overlaps(inOffset, inSize, outOffset, outSize))
        {
            throw new BenchException(
                BenchLayer.Bridge,
                $"{Name}: the mailbox does not fit: rings at 0x{inOffset:X} and 0x{outOffset:X} of {inSize} and {outSize} bytes in {length} of {_memory.Length}",
                "The board's side of the mailbox is wrong.");
        }

        _in = new MailboxRing(
            _memory, inOffset, inSize, MailboxLayout.InProducerAt, MailboxLayout.InConsumerAt, _memory.ReadWord(MailboxLayout.InProducerAt));
        _out = new MailboxRing(
            _memory, outOffset, outSize, MailboxLayout.OutProducerAt, MailboxLayout.OutConsumerAt, _memory.ReadWord(MailboxLayout.OutConsumerAt));
        _out.Drop();
    }

    private static bool IsRing(uint offset, uint size, uint length) =>
        uint.IsPow2(size) && size is >= MailboxLayout.SmallestRing and <= MailboxLayout.LargestRing
        && offset >= MailboxLayout.HeaderBytes && offset % MailboxLayout.Alignment == 0 && (ulong)offset + size <= length;

    private static bool Overlaps(uint first, uint firstSize, uint second, uint secondSize) =>
        first < second + secondSize && second < first + firstSize;

    /// <summary>BAR-7.</summary>
    private void CheckBoard()
    {
        var magic = _memory.ReadWord(MailboxLayout.MagicAt);
        if (magic == MailboxLayout.Magic && _memory.ReadWord(MailboxLayout.BootAt) == _boot)
        {
            if (_out.IsProducerWrong)
            {
                _out.Drop();
            }

            return;
        }

        // A board in plain memory that restarts takes its magic away for a moment.
        var soon = Deadline.After(_time, _restartPatience);
        var wait = new PollingWait();
        while (magic == 0 && !soon.HasPassed)
        {
            wait.Wait(soon);
            magic = _memory.ReadWord(MailboxLayout.MagicAt);
        }

        if (magic != MailboxLayout.Magic)
        {
            throw Gone();
        }

        _kept.Clear();
        Attach();
    }

    private void ThrowIfGone()
    {
        if (_gone is not null)
        {
            throw _gone;
        }
    }

    private BenchException Gone() => _gone = new BenchException(
        BenchLayer.Cable, $"{Name}: the board is gone, its BAR reads nothing but ones or zeros", "Does it have power, and is its bitstream loaded? Then: echo 1 > /sys/bus/pci/rescan.");
}
