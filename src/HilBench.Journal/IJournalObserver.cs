namespace HilBench.Journal;

/// <summary>Sees every journal line as it is written, with its whole payload.</summary>
public interface IJournalObserver
{
    /// <summary>Called for each line, in order, before the fact for kinds that say "about to".</summary>
    /// <param name="time">In the unit of the journal's clock.</param>
    /// <param name="kind">What happens.</param>
    /// <param name="payload">The whole payload; valid during the call.</param>
    void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload);
}
