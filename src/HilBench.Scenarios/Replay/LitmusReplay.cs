using HilBench.Journal;
using HilBench.Notifiers;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>What a replay file holds of an exploration: the litmus test as it was, and the steps that lead to the failure.</summary>
/// <param name="Program">The test.</param>
/// <param name="Placements">Placements in place of the kernel's own, as the command line has them: <c>cow=E</c>.</param>
/// <param name="Steps">The schedule, as <see cref="ExploredOutcome.Shortest"/> has it.</param>
internal sealed record LitmusReplay(LitmusProgram Program, IReadOnlyList<string> Placements, IReadOnlyList<string> Steps)
{
    private const string Forbidden = "the forbidden outcome ";

    /// <summary>Reads the keys <c>placements</c>, <c>schedule</c> and <c>litmus</c>.</summary>
    /// <exception cref="InputException">One of them is wrong.</exception>
    public static LitmusReplay Read(MapReader map)
    {
        var placements = map.Text("placements", string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var placement in placements)
        {
            LitmusKernelOptions.Placement(placement);
        }

        return new LitmusReplay(
            LitmusProgram.Parse(TextOf(map), $"{map.PlaceOf("litmus").File} (litmus)"),
            placements,
            ScheduleText.Read(map.Text("schedule"), map.PlaceOf("schedule")));
    }

    // Its braces are no variables.
    private static string TextOf(MapReader map) => (map.Node("litmus") as YamlScalarNode)?.Value
        ?? throw map.PlaceOf("litmus").Error("the litmus test must be a text", "See docs/fuzzing.md.");

    /// <summary>Adds them.</summary>
    public void Write(YamlMappingNode root)
    {
        if (Placements.Count > 0)
        {
            root.Add("placements", string.Join(", ", Placements));
        }

        root.Add("schedule", ScheduleText.Of(Steps));
        root.Add("litmus", new YamlScalarNode(Program.Text) { Style = ScalarStyle.Literal });
    }

    /// <summary>The kernel with the placements.</summary>
    public KernelProfile On(KernelProfile profile) =>
        Placements.Select(LitmusKernelOptions.Placement).Aggregate(profile, (kernel, placement) => kernel.With(placement.Site, placement.Code));

    /// <summary>How a schedule failed; null: it did not.</summary>
    /// <param name="replayed">What it led to.</param>
    /// <param name="rule">
    /// The rule that it is about; null: an outcome. A schedule about a rule ends where the rule is broken, with threads that have not.
    /// </param>
    public static ExpectedFailure? FailureOf(ReplayedSchedule replayed, string? rule)
    {
        var isRule = rule is not null;
        var all = replayed.Bench.Checker.Violations.Where(ExploredViolation.IsDevices).ToList();
        var broken = all.Find(violation => violation.Rule.Id == rule) ?? all.FirstOrDefault();
        var isForbidden = replayed.Outcome.Verdict == LitmusVerdict.Forbidden;
        return broken is not null && (isRule || !isForbidden) ? new ExpectedFailure(Checking.Verdict.Failed, broken.Rule.Id, broken.Time, broken.Reason)
            : isForbidden && !isRule ? new ExpectedFailure(Checking.Verdict.Failed, null, replayed.Bench.Wire.Now, Forbidden + replayed.Outcome.Text)
            : null;
    }
}
