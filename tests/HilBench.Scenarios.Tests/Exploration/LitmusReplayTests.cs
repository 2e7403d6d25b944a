using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios.Tests.Exploration;

/// <summary>What an exploration found, repeated from its file alone.</summary>
public sealed class LitmusReplayTests
{
    private static readonly DeviceLocations _nowhere = new("nowhere");

    [Test]
    public void A_forbidden_outcome_comes_again_from_the_text_of_its_file()
    {
        var (test, file) = Found("L2a", "model:", "munmap=E");
        var outcome = test.Result!.Outcomes.First(seen => seen.Verdict == LitmusVerdict.Forbidden);

        var result = Replay(test.Replays[outcome.Text].ToText());

        Assert.That((result.IsExact, result.Result.Verdict, result.Kind), Is.EqualTo((true, Verdict.Failed, "litmus")), result.Difference);
        Assert.That(result.ExpectedReason, Does.Contain(outcome.Text));
        Assert.That(result.Steps, Is.EqualTo(outcome.Shortest.Count));
        Assert.That(file.ToText(), Is.EqualTo(ReplayFile.Read("t.yaml", file.ToText()).ToText()), "written as it is read");
    }

    [Test]
    public void A_rule_that_a_faulty_device_breaks_is_broken_again_and_not_by_a_correct_one()
    {
        var (test, _) = Found("L22a", "model:?fault=M19");
        var (rule, file) = test.Replays.First(replay => replay.Value.Expected.Rule is not null);

        var again = Replay(file.ToText());
        var mended = Replay(file.ToText(), "model:");

        Assert.That((again.IsExact, again.ExpectedRule), Is.EqualTo((true, rule)), again.Difference);
        Assert.That((mended.IsReproduced, mended.Result.Verdict), Is.EqualTo((false, Verdict.Passed)));
    }

    [Test]
    public void Each_rule_that_is_broken_has_a_file_that_shows_it()
    {
        var (test, _) = Found("L1a", "model:?fault=M01");

        var found = test.Result!.Violations.Where(violation => violation.IsOfDevice).Select(violation => violation.First.Rule.Id).ToList();
        Assert.That(found, Has.Count.GreaterThan(1));
        foreach (var rule in found)
        {
            var again = Replay(test.Replays[rule].ToText());
            Assert.That((again.IsExact, again.ExpectedRule), Is.EqualTo((true, rule)), again.Difference);
        }
    }

    [Test]
    public void A_damaged_litmus_test_in_a_file_is_refused_with_its_place()
    {
        var text = Found("L2a", "model:", "munmap=E").File.ToText().Replace("D0 {", "D0 {{", StringComparison.Ordinal);

        Assert.That(() => ReplayFile.Read("t.yaml", text), Throws.TypeOf<InputException>().With.Message.Contains("t.yaml (litmus)"));
    }

    [Test]
    public void A_schedule_that_counts_beyond_reason_is_refused()
    {
        var text = string.Join('\n', Found("L2a", "model:", "munmap=E").File.ToText().Split('\n')
            .Select(line => line.StartsWith("schedule:", StringComparison.Ordinal) ? "schedule: T0 x99999999999" : line));

        Assert.That(() => ReplayFile.Read("t.yaml", text), Throws.TypeOf<InputException>().With.Message.Contains("T0 x99999999999"));
    }

    private static (ExploredTest Test, ReplayFile File) Found(string litmus, string device, params string[] placements)
    {
        var request = new ExploreRequest
        {
            Litmus = litmus,
            Device = device,
            Placements = placements,
            Bounds = new ExploreBounds { States = 3000 },
        };
        var test = new ExploreRunner(_nowhere, TimeProvider.System).Run(request, new ExplorationBench.Silent(), default).Tests.Single();
        return (test, test.Replays.Values.First());
    }

    private static ReplayResult Replay(string text, string? device = null) =>
        new Replayer(_nowhere, TimeProvider.System).Run(ReplayFile.Read("t.yaml", text), device, null, default);
}
