using System.Globalization;
using HilBench.Checking;

namespace HilBench.Scenarios;

/// <summary>The functional bins that fuzzing has reached: kinds of meeting, and how often rules were put to the test.</summary>
internal sealed class FuzzCoverage
{
    private readonly SortedSet<string> _bins = new(StringComparer.Ordinal);
    private readonly List<InvalidationBin> _meetings = [];

    /// <summary>Bins that were reached, in order.</summary>
    public IReadOnlyCollection<string> Bins => _bins;

    /// <summary>Meetings of all programs.</summary>
    public IReadOnlyList<InvalidationBin> Meetings => InvalidationBins.Sum(_meetings);

    /// <summary>Lines and toggles of the RTL that were reached; 0 when the device counts none.</summary>
    public ulong Points { get; private set; }

    /// <summary>Takes down how much of the device was put to work.</summary>
    /// <param name="points">So far; less than before after the device was opened anew.</param>
    /// <returns>Whether it is more than ever.</returns>
    public bool Reach(ulong points)
    {
        var isMore = points > Points;
        Points = isMore ? points : Points;
        return isMore;
    }

    /// <summary>Takes down what a program has shown.</summary>
    /// <returns>How many bins are new.</returns>
    public int Add(ScenarioResult result)
    {
        var before = _bins.Count;
        foreach (var bin in result.Bins)
        {
            _bins.Add($"{bin.Entry}/{bin.Invalidated}/{bin.Position}/{bin.State}/{bin.Pasid}");
        }

        foreach (var rule in result.Rules)
        {
            // Once, ten times, a hundred times: each is something new.
            var magnitude = rule.Checked.ToString(CultureInfo.InvariantCulture).Length;
            _bins.Add(string.Create(CultureInfo.InvariantCulture, $"{rule.Rule}/{magnitude}"));
        }

        _meetings.AddRange(result.Bins);
        if (_meetings.Count > 2000)
        {
            var sum = InvalidationBins.Sum(_meetings);
            _meetings.Clear();
            _meetings.AddRange(sum);
        }

        return _bins.Count - before;
    }
}
