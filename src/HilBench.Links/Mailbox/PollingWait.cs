using HilBench.Links.Native;

namespace HilBench.Links.Mailbox;

/// <summary>
/// Waits for memory that somebody else writes: a mailbox has no interrupt. Spins for a while, since an answer from hardware
/// comes within microseconds; then sleeps, longer each time, up to a millisecond.
/// </summary>
internal unsafe struct PollingWait
{
    private const int Spins = 300;
    private const int FirstSleepUs = 20;
    private const int LongestSleepUs = 1000;

    private int _times;
    private int _sleepUs;

    /// <summary>Whether the last wait was long enough to look at more than the index.</summary>
    public readonly bool IsSlow => _times > Spins;

    /// <summary>A little.</summary>
    public void Wait(Deadline deadline)
    {
        if (++_times <= Spins)
        {
            Thread.SpinWait(20);
            return;
        }

        _sleepUs = Math.Clamp(2 * _sleepUs, FirstSleepUs, LongestSleepUs);
        var us = Math.Min(_sleepUs, (long)deadline.Left.TotalMicroseconds);
        var timeout = new LibC.TimeSpecification { Nanoseconds = us * 1000 };
        _ = LibC.ppoll(null, 0, &timeout, null); // a signal only ends it early
    }
}
