namespace HilBench.Journal;

/// <summary>The time that journal lines carry: cycles of the device clock on simulated devices, nanoseconds on hardware.</summary>
public interface IClock
{
    /// <summary>The present time. Never goes back.</summary>
    ulong Now { get; }
}
