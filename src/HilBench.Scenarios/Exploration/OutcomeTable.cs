using HilBench.Checking;

namespace HilBench.Scenarios;

/// <summary>What came out, and where.</summary>
internal sealed class OutcomeTable
{
    private readonly List<LitmusOutcome> _outcomes = [];
    private readonly Dictionary<string, int> _byText = [];
    private readonly Dictionary<string, (Violation First, List<int> States)> _violations = [];
    private readonly Dictionary<string, Move[]> _walked = [];

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _outcomes.Clear();
        _byText.Clear();
        _violations.Clear();
        _walked.Clear();
    }

    /// <summary>The number of an outcome.</summary>
    public int Add(LitmusOutcome outcome)
    {
        if (!_byText.TryGetValue(outcome.Text, out var number))
        {
            number = _outcomes.Count;
            _outcomes.Add(outcome);
            _byText.Add(outcome.Text, number);
        }

        return number;
    }

    /// <summary>A rule was broken on the way to a state.</summary>
    /// <param name="violation">The first time, with its evidence.</param>
    /// <param name="state">The state.</param>
    /// <param name="path">The way.</param>
    public void AddViolation(Violation violation, int state, IReadOnlyList<ExplorerFrame> path)
    {
        var length = path.Sum(frame => frame.Taken.Length);
        if (!_walked.TryGetValue(violation.Rule.Id, out var shortest) || length < shortest.Length)
        {
            _walked[violation.Rule.Id] = [.. path.SelectMany(frame => Enumerable.Repeat(frame.Taken.Move, frame.Taken.Length))];
        }

        AddViolation(violation, state);
    }

    private void AddViolation(Violation violation, int state)
    {
        if (!_violations.TryGetValue(violation.Rule.Id, out var known))
        {
            _violations.Add(violation.Rule.Id, known = (violation, []));
        }

        known.States.Add(state);
    }

    /// <summary>All outcomes, with the shortest way to each.</summary>
    public IReadOnlyList<ExploredOutcome> Summarize(StateGraph graph, Func<IEnumerable<Move>, IReadOnlyList<string>> scheduleOf)
    {
        var ways = graph.ShortestWays();
        var counts = graph.CountWays();
        var results = new List<ExploredOutcome>();
        for (var number = 0; number < _outcomes.Count; number++)
        {
            var (states, schedules) = (0L, 0.0);
            Move[]? best = null;
            var bestChoices = int.MaxValue;
            for (var state = 0; state < graph.Count; state++)
            {
                if (graph.OutcomeAt(state) != number)
                {
                    continue;
                }

                states++;
                schedules += counts[state];
                var choices = ChoicesTo(graph, ways, state);
                if (choices < bestChoices)
                {
                    bestChoices = choices;
                    best = MovesTo(graph, ways, state);
                }
            }

            results.Add(new ExploredOutcome(_outcomes[number].Text, _outcomes[number].Verdict, states, schedules, scheduleOf(best ?? [])));
        }

        return [.. results.OrderBy(result => result.Text, StringComparer.Ordinal)];
    }

    /// <summary>Rules that were broken, with the shortest way to each.</summary>
    public IReadOnlyList<ExploredViolation> Violations(StateGraph graph, Func<IEnumerable<Move>, IReadOnlyList<string>> scheduleOf)
    {
        var ways = graph.ShortestWays();
        return
        [
            .. _violations.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry =>
            {
                var nearest = entry.Value.States.MinBy(state => ChoicesTo(graph, ways, state));
                return new ExploredViolation(entry.Value.First, entry.Value.States.Count, scheduleOf(MovesTo(graph, ways, nearest)))
                {
                    Walked = scheduleOf(_walked.GetValueOrDefault(entry.Key, [])),
                };
            }),
        ];
    }

    /// <summary>Writes all.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(_outcomes.Count);
        foreach (var outcome in _outcomes)
        {
            writer.Write(outcome.Text);
            writer.Write((int)outcome.Verdict);
        }

        writer.Write(_violations.Count);
        foreach (var (rule, (first, states)) in _violations)
        {
            writer.Write(rule);
            writer.Write(first.Reason);
            writer.Write(states.Count);
            states.ForEach(writer.Write);
        }
    }

    /// <summary>Takes what was written in place of its own; violations without their evidence.</summary>
    public void Read(BinaryReader reader)
    {
        Clear();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            Add(new LitmusOutcome(reader.ReadString(), (LitmusVerdict)reader.ReadInt32()));
        }

        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var rule = RuleCatalogue.Find(reader.ReadString())!;
            var violation = new Violation(rule, 0, reader.ReadString(), []);
            for (var states = reader.ReadInt32(); states > 0; states--)
            {
                AddViolation(violation, reader.ReadInt32());
            }
        }
    }

    private static int ChoicesTo(StateGraph graph, int[] ways, int state)
    {
        var choices = 0;
        for (; ways[state] >= 0; state = graph.Edges[ways[state]].From)
        {
            choices++;
        }

        return choices;
    }

    private static Move[] MovesTo(StateGraph graph, int[] ways, int state)
    {
        var moves = new List<Move>();
        for (; ways[state] >= 0; state = graph.Edges[ways[state]].From)
        {
            var edge = graph.Edges[ways[state]];
            moves.AddRange(Enumerable.Repeat(edge.Move, edge.Length));
        }

        moves.Reverse();
        return [.. moves];
    }
}
