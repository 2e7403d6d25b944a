using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Vendor.Tests;

/// <summary>The board's end of a package's stub: what is written here is read there.</summary>
internal sealed class WireBoard(WireBoard.Writer write, WireBoard.Reader read, Action pull) : ICarrier
{
    private bool _isPulled;

    public delegate void Writer(ReadOnlySpan<byte> bytes);

    /// <summary>-1: pulled.</summary>
    public delegate int Reader(Span<byte> buffer, int timeoutMs);

    public string Name => "wire";

    public CarrierAbilities Abilities => CarrierAbilities.None;

    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline) => write(bytes);

    public int Read(Span<byte> buffer, Deadline deadline)
    {
        while (true)
        {
            var hasPassed = deadline.HasPassed;
            switch (read(buffer, (int)Math.Ceiling(deadline.Left.TotalMilliseconds)))
            {
                case < 0:
                    throw new BenchException(BenchLayer.Cable, "wire: pulled", "");
                case 0 when hasPassed:
                    return 0;
                case > 0 and var count:
                    return count;
            }
        }
    }

    public void Dispose()
    {
        if (!_isPulled)
        {
            _isPulled = true;
            pull();
        }
    }
}
