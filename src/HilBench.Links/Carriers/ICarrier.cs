using HilBench.Journal;

namespace HilBench.Links;

/// <summary>
/// A carrier moves bytes. It knows nothing of frames, TLPs or boards. It may lose, alter and repeat bytes. Opening one
/// changes nothing on the board. It is used on one thread.
/// </summary>
public interface ICarrier : IDisposable
{
    /// <summary>What it is, for messages: the URI without options, for example "serial:/dev/ttyUSB0".</summary>
    string Name { get; }

    /// <summary>What this carrier can do beyond moving bytes.</summary>
    CarrierAbilities Abilities { get; }

    /// <summary>
    /// Writes all of <paramref name="bytes"/> or throws. What comes in meanwhile is kept, so that two ends that both write
    /// do not wait for each other.
    /// </summary>
    /// <exception cref="BenchException">Cable: the deadline passed, or the other side is gone.</exception>
    void Write(ReadOnlySpan<byte> bytes, Deadline deadline);

    /// <summary>Reads what is there; 0 only when the deadline passed, never because the other side is gone.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="BenchException">Cable: the other side is gone.</exception>
    int Read(Span<byte> buffer, Deadline deadline);
}
