namespace HilBench.Scenarios;

/// <summary>One of several branches that run at once.</summary>
/// <param name="steps">What it does.</param>
/// <param name="all">The branches that have not ended, itself among them.</param>
internal sealed class Branch(IEnumerator<Pause> steps, IReadOnlyList<Branch> all)
{
    private string? _site;

    public IEnumerator<Pause> Steps { get; } = steps;

    /// <summary>What it waits for, as far as is known; null: it can go on.</summary>
    public Pause? Wait { get; set; }

    /// <summary>How often in a row it has waited for the same lock.</summary>
    public int Tries { get; set; }

    /// <summary>Whether what it does now has an end only because the others have one.</summary>
    public bool IsForOthers { get; set; }

    /// <summary>Whether it is not known to wait; one that runs for the others lets them go first.</summary>
    public bool CanMove => IsReady && !(IsForOthers && Exists(other => !other.IsForOthers && other.IsReady));

    /// <summary>Whether no other branch does anything but wait for the end of the others.</summary>
    public bool IsAlone => !Exists(other => !other.IsForOthers);

    private bool IsReady => Wait is null || Wait.Value.Kind == PauseKind.Preempt;

    /// <summary>It has moved, and stands where the pause says; null: it is over.</summary>
    public void Stands(Pause? pause)
    {
        var site = pause?.Kind == PauseKind.Lock ? pause.Value.At.Site : null;
        Tries = site is not null && site == _site ? Tries + 1 : 0;
        _site = site;
        Wait = pause;
    }

    private bool Exists(Predicate<Branch> isWanted)
    {
        foreach (var other in all)
        {
            if (other != this && isWanted(other))
            {
                return true;
            }
        }

        return false;
    }
}
