using HilBench.Journal;

namespace HilBench.Links;

/// <summary>A carrier that alters, loses and doubles bytes, in both directions, as a seed decides.</summary>
/// <param name="inner">The carrier; owned.</param>
/// <param name="faults">How often.</param>
/// <param name="choice">What decides.</param>
public sealed class FaultyCarrier(ICarrier inner, CarrierFaults faults, SeededChoice choice) : ICarrier
{
    private byte[] _bytes = new byte[1 << 14];
    private byte[] _again = new byte[1 << 14];
    private int _againCount;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public CarrierAbilities Abilities => inner.Abilities;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        if (_bytes.Length < bytes.Length)
        {
            _bytes = new byte[bytes.Length];
        }

        var piece = _bytes.AsSpan(0, bytes.Length);
        for (var times = Times(); times > 0; times--)
        {
            bytes.CopyTo(piece);
            Alter(piece);
            inner.Write(piece, deadline);
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        if (_againCount > 0)
        {
            var again = Math.Min(_againCount, buffer.Length);
            _again.AsSpan(0, again).CopyTo(buffer);
            _againCount = 0;
            return again;
        }

        while (inner.Read(buffer, deadline) is var count and > 0)
        {
            var times = Times();
            if (times == 0)
            {
                continue;
            }

            Alter(buffer[..count]);
            if (times > 1)
            {
                _again = _again.Length < count ? new byte[count] : _again;
                buffer[..count].CopyTo(_again);
                _againCount = count;
            }

            return count;
        }

        return 0;
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private int Times() => Happens(faults.LostPerMille) ? 0 : Happens(faults.DoubledPerMille) ? 2 : 1;

    private void Alter(Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length && faults.AlteredPerMille > 0; i++)
        {
            bytes[i] ^= Happens(faults.AlteredPerMille) ? (byte)(1 << (int)choice.Below(8)) : (byte)0;
        }
    }

    private bool Happens(int perMille) => perMille > 0 && choice.Below(1000) < (ulong)perMille;
}
