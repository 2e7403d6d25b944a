namespace HilBench.Links;

/// <summary>The moment at which a wait ends.</summary>
public readonly record struct Deadline
{
    private readonly TimeProvider? _time;
    private readonly long _end;

    private Deadline(TimeProvider? time, long end)
    {
        _time = time;
        _end = end;
    }

    /// <summary>It has passed: no wait at all.</summary>
    public static Deadline Now => default;

    /// <summary>Whether it has passed.</summary>
    public bool HasPassed => Left == TimeSpan.Zero;

    /// <summary>How long to wait still; never negative.</summary>
    public TimeSpan Left
    {
        get
        {
            if (_time is null)
            {
                return TimeSpan.Zero;
            }

            var left = _end - _time.GetTimestamp();
            return left <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)left / _time.TimestampFrequency);
        }
    }

    /// <summary>So long from now.</summary>
    public static Deadline After(TimeProvider time, TimeSpan wait)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new(time, time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency));
    }

    /// <summary>The earlier one of this and so long from now.</summary>
    public Deadline NoLaterThan(TimeSpan wait) => _time is null || Left <= wait ? this : After(_time, wait);
}
