using System.Runtime.InteropServices;
using HilBench.Checking;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>
/// Remembers which translations were last taken away at a call site where the kernel profile is known to be unsafe, so
/// that a broken rule can be laid at the real kernel's door.
/// </summary>
internal sealed class UnsafeSites(KernelProfile profile) : IJournalObserver
{
    private readonly List<(ulong Start, ulong End, CallSite Site)> _changes = [];

    /// <summary>Whether the profile has any: then it must see the journal.</summary>
    public bool HasAny { get; } = profile.KnownUnsafeSites.Count > 0;

    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind != JournalKind.EntryChange)
        {
            return;
        }

        var change = MemoryMarshal.Read<EntryChangeRecord>(payload);
        var old = new PageTableEntry(change.OldEntry);
        if (!(old.IsPresent || old.IsProtNone) || (change.LevelShift > 12 && !old.IsHuge))
        {
            return;
        }

        var end = change.Address + (1UL << change.LevelShift);
        _changes.RemoveAll(known => known.Start < end && change.Address < known.End);
        var site = profile.KnownUnsafe(change.Site) is not null ? change.Site : CauseOf(change.Site);
        if (profile.KnownUnsafe(site) is not null)
        {
            _changes.Add((change.Address, end, site));
        }
    }

    /// <summary>
    /// Why the real kernel breaks the rule too; null: it does not, or the rule is one of the device, which no kernel
    /// excuses.
    /// </summary>
    public string? Explain(Violation violation)
    {
        if (violation.Rule.Subject != RuleSubject.Host || violation.Address is not { } address)
        {
            return null;
        }

        var site = _changes.FindLast(known => known.Start <= address && address < known.End).Site;
        return Reason(site);
    }

    /// <summary>Why the real kernel does what the validator found; null: it does not.</summary>
    public string? Explain(NotifierFinding finding) => finding.Rule == NotifierRule.IntervalImbalance
        ? $"{profile.Name} is known to be unsafe: {profile.KnownDefects[^1]}" : Reason(finding.Site);

    /// <summary>The site that should have made a change safe before.</summary>
    private static CallSite CauseOf(CallSite site) =>
        site == CallSite.MisplacedThp ? CallSite.NumaThpFault : CallSite.None;

    private string? Reason(CallSite site) => profile.KnownUnsafe(site) is { } reason
        ? $"{profile.Name} is known to be unsafe at {site} ({profile.CodeOf(site)}): {reason}" : null;
}
