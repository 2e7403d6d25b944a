using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>The expected table: every case that says "reachable" is shown by its schedule, and the change is what makes it so.</summary>
public sealed class LitmusExpectationTests
{
    private static IEnumerable<TestCaseData> Reachable() => Cases(expected => expected.IsReachable);

    private static IEnumerable<TestCaseData> Changed() => Cases(expected => expected.IsReachable && expected.Change.Length > 0);

    [TestCaseSource(nameof(Reachable))]
    public void Its_schedule_shows_what_the_text_says_can_happen(object expectation)
    {
        var expected = (LitmusExpectation)expectation;
        var program = LitmusCatalogue.Load(expected.Test).Single().With(expected);

        var verdicts = expected.Kernels.Select(kernel => (kernel.Name, LitmusBench.Play(program, expected.Witness!.Text, kernel).Verdict));

        Assert.That(verdicts.Where(verdict => verdict.Verdict != LitmusVerdict.Forbidden), Is.Empty);
    }

    [TestCaseSource(nameof(Changed))]
    public void The_same_schedule_on_the_kernel_and_the_device_as_they_are_shows_nothing(object expectation)
    {
        var expected = (LitmusExpectation)expectation;
        var program = LitmusCatalogue.Load(expected.Test).Single();

        var outcomes = expected.Kernels.Where(kernel => !IsReachable(expected.Test, kernel))
            .Select(kernel => (kernel.Name, Outcome: LitmusBench.Play(program, Ended(expected.Witness!.Text, program), kernel))).ToList();

        Assert.That(outcomes, Is.Not.Empty);
        Assert.That(outcomes.Where(outcome => outcome.Outcome.Verdict != LitmusVerdict.Allowed), Is.Empty);
    }

    [Test]
    public void Every_case_that_can_be_reached_names_a_schedule() =>
        Assert.That(LitmusExpectations.Load().Where(expected => expected.IsReachable && expected.Witness is null), Is.Empty);

    [Test]
    public void Every_litmus_test_is_in_the_table_and_every_case_names_one()
    {
        var tests = LitmusCatalogue.LoadAll().Select(program => program.Name);

        var expected = LitmusExpectations.Load().Select(known => known.Test).Distinct();

        Assert.That(expected, Is.EquivalentTo(tests));
    }

    [Test]
    public void All_22_scenarios_have_a_litmus_test()
    {
        for (var i = 1; i <= 22; i++)
        {
            Assert.That(LitmusCatalogue.Load($"L{i}"), Is.Not.Empty);
        }
    }

    [Test]
    public void A_wrong_table_is_told_with_its_place()
    {
        const string Table = "version: 1\nexpected:\n  - test: L1\n    cases:\n      - { kernels: linux-4.14, forbidden: reachable, because: x }\n";

        Assert.That(() => LitmusExpectations.Read(Table, "t.yaml"), Throws.TypeOf<InputException>()
            .With.Message.EqualTo("t.yaml:5:20: there is no kernel profile 'linux-4.14'. Did you mean 'linux-4.12'?"));
    }

    // Without the change, threads may wait elsewhere: all of them are moved to their ends.
    private static string Ended(string schedule, LitmusProgram program)
    {
        var all = string.Join(' ', program.Threads.Select(thread => thread.Name));
        return $"{schedule} {all} {all} {all}";
    }

    private static bool IsReachable(string test, KernelProfile kernel) => LitmusExpectations.Load()
        .Any(expected => expected.Test == test && expected.Change.Length == 0 && expected.IsReachable && expected.Kernels.Contains(kernel));

    private static IEnumerable<TestCaseData> Cases(Func<LitmusExpectation, bool> isChosen) => LitmusExpectations.Load()
        .Where(isChosen).Select(expected => new TestCaseData(expected) { TestName = $"{{m}}({expected})" });
}
