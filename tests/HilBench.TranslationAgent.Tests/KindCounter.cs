using HilBench.Journal;

namespace HilBench.TranslationAgent.Tests;

/// <summary>Keeps the journal lines of one kind.</summary>
internal sealed class KindCounter(JournalKind kind) : IJournalObserver
{
    public List<byte[]> Lines { get; } = [];

    public void Observe(ulong time, JournalKind seen, ReadOnlySpan<byte> payload)
    {
        if (seen == kind)
        {
            Lines.Add(payload.ToArray());
        }
    }
}
