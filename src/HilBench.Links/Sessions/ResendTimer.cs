namespace HilBench.Links;

/// <summary>The resend time: doubles each time that it passes, up to 16 times. Source: docs/protocol.md, SEQ-7, REQ-2.</summary>
internal struct ResendTimer(long firstUs)
{
    private const int MostDoublings = 16;

    private readonly long _firstUs = firstUs;
    private long _currentUs = firstUs;

    /// <summary>When it passes, microseconds; <see cref="long.MaxValue"/> when it does not run.</summary>
    public long DueUs { get; private set; } = long.MaxValue;

    public readonly bool IsRunning => DueUs != long.MaxValue;

    /// <summary>Starts anew with the present length.</summary>
    /// <param name="nowUs">The time, microseconds.</param>
    /// <param name="wireUs">How long what was sent takes on the carrier.</param>
    public void Start(long nowUs, long wireUs) => DueUs = nowUs + _currentUs + (2 * wireUs);

    public void Double() => _currentUs = Math.Min(_currentUs * 2, _firstUs * MostDoublings);

    /// <summary>Stops, and has its first length again.</summary>
    public void Reset()
    {
        _currentUs = _firstUs;
        DueUs = long.MaxValue;
    }
}
