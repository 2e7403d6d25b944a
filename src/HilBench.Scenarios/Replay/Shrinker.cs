using System.Globalization;
using HilBench.Journal;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>
/// Makes a failing program small: fewer steps, then simpler ones, then a simpler schedule. Each change is kept when the
/// same rule still fails, with the choices at hand or with others. Deterministic: the same failure gives the same program.
/// </summary>
/// <param name="trial">Runs programs.</param>
/// <param name="limits">How much work it may be.</param>
/// <param name="progress">Told the runs so far and the steps of the smallest program.</param>
/// <param name="cancel">Ends it; what was reached by then stays.</param>
internal sealed class Shrinker(Trial trial, ShrinkLimits limits, Action<int, int> progress, CancellationToken cancel)
{
    /// <summary>Programs with more steps than this are tried with few seeds, but for changes that take many steps away: each run takes long.</summary>
    private const int SmallSteps = 24;
    private const int SeedsOfLarge = 3;

    /// <summary>Without this key a step expects more: another failure.</summary>
    private const string Expectation = "ends";
    /// <summary>Without this key a scenario waits for ever where it waited for a while.</summary>
    private const string Tolerance = "tolerant";
    private Candidate _best = null!; // Shrink sets it first

    /// <summary>Runs so far.</summary>
    public int Runs { get; private set; }

    private bool IsOver => Runs >= limits.Runs || cancel.IsCancellationRequested;

    /// <summary>Makes a failure small.</summary>
    /// <param name="failing">A scenario that fails, with its choices.</param>
    public Candidate Shrink(Candidate failing)
    {
        _best = failing with { Node = StepTree.Copy(failing.Node) };
        string before;
        do
        {
            before = StepText.Of(_best.Node);
            RemoveSteps();
            Unwrap();
            Simplify();
            RemoveKeysOfScenario();
        }
        while (!IsOver && StepText.Of(_best.Node) != before);

        ShrinkChoices();
        return _best;
    }

    /// <summary>Runs a program as it was drawn, and takes down its choices.</summary>
    /// <returns>Null when it does not fail.</returns>
    public Candidate? Record(YamlMappingNode node, ulong seed) => Run(node, null, seed, null);

    // Chunks of each list, halved until single steps.
    private void RemoveSteps()
    {
        for (var chunk = StepTree.Lists(_best.Node).Max(list => list.Children.Count); chunk >= 1 && !IsOver; chunk /= 2)
        {
            for (var list = 0; list < StepTree.Lists(_best.Node).Count && !IsOver; list++)
            {
                RemoveFrom(list, chunk);
            }
        }
    }

    private void RemoveFrom(int list, int chunk)
    {
        // From the end: what comes after the failure goes first.
        for (var start = StepTree.Lists(_best.Node)[list].Children.Count - chunk; start > -chunk && !IsOver; start -= chunk)
        {
            if (list >= StepTree.Lists(_best.Node).Count)
            {
                return;
            }

            var from = Math.Max(0, start);
            Try(node =>
            {
                var steps = StepTree.Lists(node)[list].Children;
                var count = Math.Min(chunk + Math.Min(0, start), steps.Count - from);
                for (var i = 0; i < count; i++)
                {
                    steps.RemoveAt(from);
                }

                return count > 0;
            });
        }
    }

    // Steps out of the steps that hold them: one branch alone, all branches one after the other, one round of a repeat.
    private void Unwrap()
    {
        for (var list = 0; list < StepTree.Lists(_best.Node).Count && !IsOver; list++)
        {
            for (var at = 0; list < StepTree.Lists(_best.Node).Count && at < StepTree.Lists(_best.Node)[list].Children.Count && !IsOver; at++)
            {
                var (l, i) = (list, at);
                if (!Try(node => Flatten(StepTree.Lists(node)[l], i, InOrder)) && StepTree.Count(_best.Node) <= SmallSteps)
                {
                    Interleave(l, i);
                }
            }
        }
    }

    // One branch as a whole between two steps of the others: most races need no more than this order.
    private void Interleave(int list, int at)
    {
        var branches = Branches(StepTree.Lists(_best.Node)[list].Children[at]);
        for (var moved = 0; moved < branches.Count && branches.Count > 1; moved++)
        {
            var others = branches.Where((_, i) => i != moved).Sum(branch => branch.Count);
            for (var position = 1; position < others && !IsOver; position++)
            {
                var (branch, behind) = (moved, position);
                if (Try(node => Flatten(StepTree.Lists(node)[list], at, parts =>
                    {
                        var rest = InOrder([.. parts.Where((_, i) => i != branch)]);
                        rest.InsertRange(behind, parts[branch]);
                        return rest;
                    })))
                {
                    return;
                }
            }
        }
    }

    private static bool Flatten(YamlSequenceNode steps, int at, Func<List<List<YamlNode>>, List<YamlNode>> order)
    {
        var branches = Branches(steps.Children[at]);
        if (branches.Count == 0)
        {
            return false;
        }

        steps.Children.RemoveAt(at);
        foreach (var step in order(branches).AsEnumerable().Reverse())
        {
            steps.Children.Insert(at, step);
        }

        return true;
    }

    // The steps that a step holds, list by list; none for a step that holds no others.
    private static List<List<YamlNode>> Branches(YamlNode step) => StepTree.Arguments(step) is { } arguments && StepTree.Holds(arguments)
        ? [.. StepTree.Lists(arguments).Where(held => held.Children.All(inner => StepTree.NameOf(inner) is not null)).Select(held => held.Children.ToList())]
        : [];

    private static List<YamlNode> InOrder(List<List<YamlNode>> branches) => [.. branches.SelectMany(branch => branch)];

    private void Simplify()
    {
        for (var list = 0; list < StepTree.Lists(_best.Node).Count && !IsOver; list++)
        {
            for (var at = 0; at < StepTree.Lists(_best.Node)[list].Children.Count && !IsOver; at++)
            {
                if (StepTree.Arguments(StepTree.Lists(_best.Node)[list].Children[at]) is { } arguments)
                {
                    SimplifyKeys(list, at, [.. arguments.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value!)]);
                }
            }
        }
    }

    private void SimplifyKeys(int list, int at, List<string> keys)
    {
        foreach (var key in keys)
        {
            if (IsOver || (key != Expectation && Try(node => Arguments(node, list, at).Children.Remove(new YamlScalarNode(key)))))
            {
                continue;
            }

            while (!IsOver && Try(node => MakeSimpler(Arguments(node, list, at), key)))
            {
            }

            Retarget(list, at, key);
        }
    }

    // What two steps do to one mapping or one process needs the other one no more.
    private void Retarget(int list, int at, string key)
    {
        var value = Text(Arguments(_best.Node, list, at), key);
        foreach (var other in key switch { "process" => Processes(), "at" => Mappings(), _ => [] })
        {
            if (other == value || IsOver)
            {
                return;
            }

            if (Try(node => Replace(Arguments(node, list, at), key, other)))
            {
                return;
            }
        }
    }

    private static bool Replace(YamlMappingNode arguments, string key, string value)
    {
        arguments.Children[new YamlScalarNode(key)] = new YamlScalarNode(value);
        return true;
    }

    private List<string> Processes() =>
        Value(_best.Node, "processes") is YamlMappingNode map
            ? [.. map.Children.Keys.OfType<YamlScalarNode>().Select(process => process.Value!)]
            : [];

    private List<string> Mappings() =>
        [.. StepTree.Lists(_best.Node).SelectMany(steps => steps.Children).Where(step => StepTree.NameOf(step) == "map")
            .Select(step => StepTree.Arguments(step) is { } arguments ? Text(arguments, "name") : null).OfType<string>()];

    private static string? Text(YamlMappingNode map, string key) => (Value(map, key) as YamlScalarNode)?.Value;

    private static YamlNode? Value(YamlMappingNode map, string key) => map.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private static YamlMappingNode Arguments(YamlMappingNode node, int list, int at) =>
        StepTree.Arguments(StepTree.Lists(node)[list].Children[at])!;

    // A sum loses its last term, a number half of itself.
    private static bool MakeSimpler(YamlMappingNode arguments, string key)
    {
        var name = new YamlScalarNode(key);
        if (!arguments.Children.TryGetValue(name, out var value) || value is not YamlScalarNode { Value: { } text })
        {
            return false;
        }

        var plus = text.LastIndexOf('+');
        var simpler = plus > 0 ? text[..plus].TrimEnd()
            : Quantity.TryParse(text, out var number) && number > 1 ? Half(key, number)
            : null;
        if (simpler is null || simpler == text)
        {
            return false;
        }

        arguments.Children[name] = new YamlScalarNode(simpler);
        return true;
    }

    private static string? Half(string key, ulong number) => key switch
    {
        "at" or "name" or "to" => null,
        "size" or "span" or "stride" or "new-size" or "offset" when number > 4096 => StepText.Hex(number / 2 / 4096 * 4096),
        "size" => number > 4 ? StepText.Number((long)(number / 2 / 4 * 4)) : null,
        _ => (number / 2).ToString(CultureInfo.InvariantCulture),
    };

    private void RemoveKeysOfScenario()
    {
        foreach (var key in _best.Node.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value!).ToList())
        {
            if (key is "name" or "about" or "steps" or Tolerance || IsOver)
            {
                continue;
            }

            if (key == "processes")
            {
                foreach (var process in ((YamlMappingNode)_best.Node.Children[new YamlScalarNode(key)]).Children.Keys.OfType<YamlScalarNode>().ToList())
                {
                    Try(node => ((YamlMappingNode)node.Children[new YamlScalarNode(key)]) is { Children.Count: > 1 } map && map.Children.Remove(new YamlScalarNode(process.Value)));
                }
            }
            else
            {
                Try(node => node.Children.Remove(new YamlScalarNode(key)));
            }
        }
    }

    // The same program with fewer turns, switches, cycles and delays: what is left is what matters.
    private void ShrinkChoices()
    {
        TryChoices(choices => choices.Delays.Clear());
        TryChoices(choices => choices.Turns.Clear());
        for (var chunk = _best.Choices.Turns.Count / 2; chunk >= 1 && !IsOver; chunk /= 2)
        {
            for (var start = _best.Choices.Turns.Count - chunk; start >= 0 && !IsOver; start -= chunk)
            {
                var from = start;
                if (from + chunk <= _best.Choices.Turns.Count)
                {
                    TryChoices(choices => choices.Turns.RemoveRange(from, chunk));
                }
            }
        }

        for (var i = 0; i < _best.Choices.Turns.Count && !IsOver; i++)
        {
            var at = i;
            if (_best.Choices.Turns[at].Cycles > 0)
            {
                TryChoices(choices => choices.Turns[at] = choices.Turns[at] with { Cycles = 0 });
            }

            if (at > 0 && at < _best.Choices.Turns.Count && _best.Choices.Turns[at].Branch != _best.Choices.Turns[at - 1].Branch)
            {
                TryChoices(choices => choices.Turns[at] = choices.Turns[at] with { Branch = choices.Turns[at - 1].Branch });
            }
        }

        for (var i = 0; i < _best.Choices.Delays.Count && !IsOver; i++)
        {
            var at = i;
            if (_best.Choices.Delays[at] > 0)
            {
                TryChoices(choices => choices.Delays[at] = 0);
            }
        }
    }

    // The choices that were asked for stand in the file, not those that came of it: the rest is the simplest.
    private void TryChoices(Action<ChoiceRecord> change)
    {
        var choices = _best.Choices.Copy();
        change(choices);
        if (Run(_best.Node, choices, _best.Seed, _best.Failure) is { } failing)
        {
            _best = failing with { Choices = choices };
        }
    }

    private bool Try(Func<YamlMappingNode, bool> change)
    {
        var node = StepTree.Copy(_best.Node);
        if (!change(node))
        {
            return false;
        }

        var steps = StepTree.Count(node);
        var failing = Run(node, _best.Choices, _best.Seed, _best.Failure);
        var gone = StepTree.Count(_best.Node) - steps;
        var seeds = steps > SmallSteps ? Math.Min(Math.Max(SeedsOfLarge, gone), limits.Seeds) : limits.Seeds;
        for (var i = 0; failing is null && i < seeds && !IsOver; i++)
        {
            failing = Run(node, null, SeededChoice.ChildSeed(_best.Seed, StepText.Number(Runs)), _best.Failure);
        }

        if (failing is null)
        {
            return false;
        }

        _best = failing;
        progress(Runs, steps);
        return true;
    }

    private Candidate? Run(YamlMappingNode node, ChoiceRecord? choices, ulong seed, ExpectedFailure? like)
    {
        Runs++;
        var recorded = new ChoiceRecord();
        try
        {
            var result = trial.Run(node, options => options with { Replayed = choices, Recorded = recorded, Seed = seed, JournalLog2 = Trial.ShortJournalLog2 }, cancel);
            return ExpectedFailure.Of(result, trial.IsStrict) is { } failure && (like is null || failure.IsLike(like))
                ? new Candidate(node, recorded, failure, seed)
                : null;
        }
        catch (Exception e) when (e is InputException or OperationCanceledException)
        {
            return null;
        }
    }
}
