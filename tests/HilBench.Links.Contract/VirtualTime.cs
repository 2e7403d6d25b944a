namespace HilBench.Links.Contract;

/// <summary>A clock that stands still unless it is told to go on.</summary>
public sealed class VirtualTime : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public long NowUs => _ticks / TimeSpan.TicksPerMicrosecond;

    public override long GetTimestamp() => _ticks;

    /// <summary>Goes on by at least one microsecond.</summary>
    public void Advance(TimeSpan by)
    {
        _ticks += Math.Max(by.Ticks, TimeSpan.TicksPerMicrosecond);
        // A test that waits for so long has met what must not be: a wait without an end.
        if (_ticks > TimeSpan.TicksPerHour * 10)
        {
            throw new InvalidOperationException("ten hours have passed");
        }
    }
}
