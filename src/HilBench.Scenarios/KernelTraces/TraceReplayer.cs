using System.Text.Json;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>
/// Runs the steps of a golden trace on the engine and compares, after each step, the result, the callbacks, the page
/// tables and the mappings.
/// </summary>
/// <remarks>
/// What is not compared, and why, stands in docs/kernel-traces.md: page ids and swap slots are matched one to one, TLB
/// callbacks between two other callbacks by their union when a strict comparison fails, and the accessed bit of a page
/// not after it was cleared without a TLB flush. <c>by</c>, <c>site</c> and <c>entry</c> are for understanding.
/// </remarks>
internal sealed class TraceReplayer
{
    private readonly KernelTrace _trace;
    private readonly TraceMachine _machine;
    private readonly PageMatching _pages;
    private readonly List<TraceDifference> _differences = [];
    private int _findings;

    private TraceReplayer(KernelTrace trace, KernelProfile profile)
    {
        _trace = trace;
        _machine = new TraceMachine(trace, profile);
        _pages = new PageMatching(_machine);
    }

    /// <summary>Replays one trace.</summary>
    /// <returns>The differences; none when the engine behaves as the kernel did.</returns>
    /// <exception cref="FormatException">A step has arguments that no recorder writes.</exception>
    public static IReadOnlyList<TraceDifference> Replay(KernelTrace trace, KernelProfile profile)
    {
        var replayer = new TraceReplayer(trace, profile);
        replayer.Run();
        return replayer._differences;
    }

    private void Run()
    {
        var callbacks = _trace.Notifier.ToLookup(call => call.Step);
        var pages = new Dictionary<string, List<TracePages>>();
        var vmas = new Dictionary<string, List<TraceVma>>();
        var isRegistered = false;
        foreach (var step in _trace.Steps)
        {
            if (!TryRun(step))
            {
                return;
            }

            CompareCallbacks(step, [.. callbacks[step.N]]);
            pages = step.Pages ?? pages;
            vmas = step.Vmas ?? vmas;
            ComparePages(step, pages);
            CompareVmas(step, vmas);
            if (step.Op == "register" && !isRegistered)
            {
                isRegistered = true;
                ComparePages(step, _trace.PagesBefore);
            }

            _pages.EndStep();
            var findings = _machine.Kernel.Validator.Findings;
            Differs(step, "validator", [.. findings.Skip(_findings).Select(finding => $"+ {finding}")]);
            _findings = findings.Count;
        }

        if (_trace.Steps is [.., var last])
        {
            ComparePages(last, _trace.PagesAfter);
            CompareVmas(last, _trace.VmasAfter);
        }
    }

    /// <summary>False: the trace cannot go on from here.</summary>
    private bool TryRun(TraceStep step)
    {
        _machine.Calls.Clear();
        try
        {
            CompareResult(step, StepTable.All.Run(_machine, step));
            return true;
        }
        catch (StepNotModelledException missing)
        {
            Differs(step, "not modelled", [$"+ {missing.Message}"]);
            return false;
        }
        catch (Exception bug) when (bug is not FormatException)
        {
            // Whatever went wrong inside: it is this trace's, the others go on.
            var place = bug.StackTrace?.Split('\n').FirstOrDefault(line =>
                line.Contains("HilBench", StringComparison.Ordinal))?.Trim() ?? "";
            Differs(step, "the engine stopped", [$"+ {bug.GetType().Name}: {bug.Message}", $"+ {place}"]);
            return false;
        }
    }

    private void Differs(TraceStep step, string what, IReadOnlyList<string> lines)
    {
        var isTold = _differences.Exists(told =>
            told.Step == step.N && told.What == what && told.Lines.SequenceEqual(lines));
        if (lines.Count > 0 && !isTold)
        {
            _differences.Add(new TraceDifference(step.N, step.ToString(), what, lines));
        }
    }

    private void CompareResult(TraceStep step, StepOutcome outcome)
    {
        var expected = step.Result.ToDictionary(field => field.Key, field => Text(field.Value));
        var actual = outcome.Fields().ToDictionary(field => field.Field, field => field.Value);
        var lines = new List<string>();
        foreach (var field in expected.Keys.Union(actual.Keys))
        {
            var (left, right) = (expected.GetValueOrDefault(field), actual.GetValueOrDefault(field));
            lines.AddRange(left is not null && left != right ? [$"- {field} {left}"] : []);
            lines.AddRange(right is not null && left != right ? [$"+ {field} {right}"] : []);
        }

        Differs(step, "result", lines);
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? $"[{string.Join(", ", value.EnumerateArray())}]"
        : value.ToString();

    private void CompareCallbacks(TraceStep step, List<TraceCallback> expected)
    {
        var actual = _machine.Calls;
        if (step.Op == "numa_hint")
        {
            (expected, actual) = (RepeatedPasses.Once(expected), RepeatedPasses.Once(actual));
        }

        if (!Matches(expected, actual) && !Matches(TlbUnion.Of(expected), TlbUnion.Of(actual)))
        {
            Differs(step, "callbacks", LineDiff.Of(expected, actual, IsSame));
        }
    }

    private bool Matches(List<TraceCallback> expected, List<TraceCallback> actual) =>
        expected.Count == actual.Count && expected.Zip(actual).All(pair => IsSame(pair.First, pair.Second));

    /// <summary>A page that the trace does not name was not in any page table that the recorder walked.</summary>
    private bool IsSame(TraceCallback expected, TraceCallback actual) =>
        (expected with { Step = 0, NewPage = null, Vma = null }) == (actual with { NewPage = null, Vma = null })
        && (expected.Vma ?? []).SequenceEqual(actual.Vma ?? [])
        && (expected.NewPage is not { } page || _pages.IsSame(page, actual.NewPage ?? 0));

    private void ComparePages(TraceStep step, Dictionary<string, List<TracePages>> pages)
    {
        foreach (var (process, runs) in pages)
        {
            Differs(step, $"pages of {process}", _pages.Compare(_machine.Process(process), runs));
        }
    }

    private void CompareVmas(TraceStep step, Dictionary<string, List<TraceVma>> vmas)
    {
        foreach (var (process, expected) in vmas)
        {
            var actual = _machine.VmasOf(_machine.Process(process)).ToList();
            if (!expected.SequenceEqual(actual))
            {
                Differs(step, $"mappings of {process}", LineDiff.Of(expected, actual, (left, right) => left == right));
            }
        }
    }
}
