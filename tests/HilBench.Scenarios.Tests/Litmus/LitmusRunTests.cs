using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>What the steps and conditions of litmus tests mean.</summary>
public sealed class LitmusRunTests
{
    [Test]
    public void Values_are_numbers_and_texts_and_an_access_of_nothing_is_a_fault()
    {
        var program = LitmusBench.Parse("T0 {\n a = read A\n write A \"new\"\n b = read A\n c = read 0x1000\n}");

        var outcome = LitmusBench.Play(program, "T0");

        Assert.That(outcome.Text, Is.EqualTo("a=1 b=\"new\" c=fault [A]=\"new\""));
    }

    [Test]
    public void The_device_reads_writes_and_adds_through_its_translations()
    {
        var program = LitmusBench.Parse("D0 {\n a = read A\n b = write A 5\n c = add A 2\n d = read A\n e = read 0x1000\n}");

        var outcome = LitmusBench.Play(program, "D0");

        Assert.That(outcome.Text, Is.EqualTo("a=1 b=ok c=5 d=7 e=fault [A]=7"));
    }

    [Test]
    public void A_thread_that_awaits_moves_only_when_the_condition_holds()
    {
        var program = LitmusBench.Parse("T0 {\n await [A] = 2 and T1\n r = read A\n}\nT1 {\n write A 2\n}");

        Assert.That(LitmusBench.Play(program, "T0 T1 T0").Text, Is.EqualTo("r=2 [A]=2"));
        Assert.That(LitmusBench.Play(program, "T0 T0").Text, Does.StartWith("hang(T0,T1) "));
    }

    [Test]
    public void Atomic_steps_are_not_parted()
    {
        const string Steps = "write A 2\n write A 3\n";
        var free = LitmusBench.Parse($"T0 {{\n {Steps}}}\nT1 {{\n r = read A\n}}");
        var whole = LitmusBench.Parse($"T0 {{\n atomic {{\n {Steps}}}\n}}\nT1 {{\n r = read A\n}}");

        var seen = Enumerable.Range(1, 9).Select(moves => LitmusBench.Play(free, $"T0*{moves} T1 T0").Text).Distinct();
        var seenWhole = Enumerable.Range(1, 9).Select(moves => LitmusBench.Play(whole, $"T0*{moves} T1 T0").Text).Distinct();

        Assert.That(seen, Does.Contain("r=2 [A]=3"));
        Assert.That(seenWhole, Is.EqualTo((string[])["r=3 [A]=3"]));
    }

    [Test]
    public void A_wait_without_end_is_forbidden_unless_the_file_allows_it()
    {
        const string Waits = "T0 {\n await [A] = 7\n}";

        Assert.That(LitmusBench.Play(LitmusBench.Parse(Waits), "T0").Verdict, Is.EqualTo(LitmusVerdict.Forbidden));
        Assert.That(
            LitmusBench.Play(LitmusBench.Parse(Waits, conditions: "forbidden [A] = 9\nallowed hang"), "T0").Verdict, Is.EqualTo(LitmusVerdict.Allowed));
    }

    [Test]
    public void An_outcome_that_no_condition_names_is_unlisted_when_there_is_a_list()
    {
        const string Reads = "T0 {\n r = read A\n}";

        Assert.That(
            LitmusBench.Play(LitmusBench.Parse(Reads, conditions: "forbidden r = 2\nallowed r = 3"), "T0").Verdict, Is.EqualTo(LitmusVerdict.Unlisted));
        Assert.That(LitmusBench.Play(LitmusBench.Parse(Reads, conditions: "forbidden r = 2"), "T0").Verdict, Is.EqualTo(LitmusVerdict.Allowed));
        Assert.That(LitmusBench.Play(LitmusBench.Parse(Reads, conditions: "forbidden r = 1"), "T0").Verdict, Is.EqualTo(LitmusVerdict.Forbidden));
    }

    [TestCase("r < 2", LitmusVerdict.Forbidden)]
    [TestCase("r <= 1 and r >= 1", LitmusVerdict.Forbidden)]
    [TestCase("not (r != 1)", LitmusVerdict.Forbidden)]
    [TestCase("r > 1 or r = fault", LitmusVerdict.Allowed)]
    [TestCase("\"x\" < 5", LitmusVerdict.Allowed)]
    [TestCase("[A].writable = 0 or [A].page = other and r = 2", LitmusVerdict.Allowed)]
    public void Conditions_compare(string condition, LitmusVerdict verdict) => Assert.That(
        LitmusBench.Play(LitmusBench.Parse("T0 {\n r = read A\n}", conditions: $"forbidden {condition}"), "T0").Verdict, Is.EqualTo(verdict));

    [Test]
    public void Callbacks_of_named_clients_are_recorded_in_their_order()
    {
        var program = LitmusBench.Parse(
            "T0 {\n announce A\n}",
            "client a sequence-count\n client b sequence-count\n map A 4KiB at = 0x40000000",
            "forbidden calls = \"a.start b.start a.end b.end\" or a.starts != 1 or b.calls != \"start end\"");

        var outcome = LitmusBench.Play(program, "T0");

        Assert.That(outcome.Text, Does.Contain("calls=\"b.start a.start b.end a.end\""));
        Assert.That(outcome.Verdict, Is.EqualTo(LitmusVerdict.Allowed));
    }

    [Test]
    public void A_gather_of_one_page_frees_it_before_the_end_of_the_range()
    {
        var program = LitmusCatalogue.Load("L2a").Single();
        var expected = LitmusExpectations.Load().First(known => known.Test == "L2a" && known.IsReachable);
        var changed = program.With(expected);

        Assert.That(LitmusBench.Play(changed, expected.Witness!.Text).Verdict, Is.EqualTo(LitmusVerdict.Forbidden));
        Assert.That(LitmusBench.Play(changed with { GatherPages = null }, expected.Witness.Text).Verdict, Is.EqualTo(LitmusVerdict.Allowed));
    }

    [Test]
    public void A_step_goes_through_a_client_also_where_the_head_of_its_thread_says_so()
    {
        var program = LitmusBench.Parse(
            "D1 via = k {\n a = read A\n await D1 or a = 1\n}\nT0 {\n b = read A via=k\n c = read A\n}",
            "client k secondary-tlb\n map A 4KiB at = 0x40000000");

        Assert.That(
            program.Threads.SelectMany(thread => thread.Steps).Select(step => step.IsThroughClient), Is.EqualTo((bool[])[true, false, true, false]));
    }

    [TestCase("T0*x")]
    [TestCase("T0*0")]
    [TestCase("X0")]
    [TestCase("T0**2")]
    public void A_wrong_schedule_is_told(string schedule) => Assert.That(
        () => LitmusSchedule.Parse(schedule, new Place("t", 1, 2)), Throws.TypeOf<InputException>().With.Message.StartsWith("t:1:2: "));

    [Test]
    public void A_placement_of_the_command_line_is_read_and_a_wrong_one_told()
    {
        Assert.That(LitmusKernelOptions.Placement("cow=E").Site, Is.EqualTo(CallSite.Cow));
        Assert.That(() => LitmusKernelOptions.Placement("cwo=E"), Throws.TypeOf<InputException>().With.Message.Contains("Did you mean 'cow'?"));
        Assert.That(() => LitmusKernelOptions.Placement("cow"), Throws.TypeOf<InputException>());
    }
}
