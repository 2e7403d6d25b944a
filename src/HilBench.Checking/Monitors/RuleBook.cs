using System.Runtime.CompilerServices;

namespace HilBench.Checking;

/// <summary>The rules that monitors implement, with their counters. Monitors open their rules when they are made.</summary>
internal sealed class RuleBook
{
    private readonly Dictionary<string, RuleCounter> _open = [];

    /// <summary>Rules that some monitor implements.</summary>
    public IEnumerable<RuleCounter> Open => _open.Values;

    /// <summary>The counter of a rule; from now on the rule counts as implemented, by the class that asks first.</summary>
    public RuleCounter this[string id, [CallerFilePath] string file = ""]
    {
        get
        {
            if (!_open.TryGetValue(id, out var counter))
            {
                counter = new RuleCounter(RuleCatalogue.Get(id), Path.GetFileNameWithoutExtension(file));
                _open.Add(id, counter);
            }

            return counter;
        }
    }

    /// <summary>Starts counting anew.</summary>
    public void Clear()
    {
        foreach (var counter in _open.Values)
        {
            counter.Checked = 0;
            counter.Broken = 0;
        }
    }

    /// <summary>Rules that were put to the test, in the order of the catalogue.</summary>
    public IReadOnlyList<RuleCount> Counts() =>
    [
        .. RuleCatalogue.All
            .Where(rule => _open.TryGetValue(rule.Id, out var counter) && (counter.Checked > 0 || counter.Broken > 0))
            .Select(rule => new RuleCount(rule.Id, _open[rule.Id].Checked, _open[rule.Id].Broken)),
    ];
}
