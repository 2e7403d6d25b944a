using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios.Tests;

/// <summary>The pictures of docs/litmus.md are those of the schedules of the expected table.</summary>
public sealed class LitmusPictureTests
{
    private static readonly string _images = Path.Combine(TestContext.CurrentContext.TestDirectory, "../../../../../docs/images");

    private static IEnumerable<string> Drawn() =>
        Directory.GetFiles(_images, "litmus-*.svg").Select(file => Path.GetFileNameWithoutExtension(file)["litmus-".Length..]).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Drawn))]
    public void The_picture_in_the_documentation_is_up_to_date(string name) => Assert.That(
        File.ReadAllText(Path.Combine(_images, $"litmus-{name}.svg")), Is.EqualTo(LitmusPictures.Draw(name)), "make docs");

    [Test]
    public void Every_picture_of_the_page_is_there_and_every_one_is_shown()
    {
        var page = File.ReadAllText(Path.Combine(_images, "..", "litmus.md"));

        Assert.That(Drawn(), Is.Not.Empty);
        Assert.That(Drawn().Where(name => !page.Contains($"(images/litmus-{name}.svg)", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void A_timeline_tells_who_changed_what_and_what_the_device_used()
    {
        var program = LitmusCatalogue.Load("L1a").Single();
        using var device = new ModelDevice();
        var run = new LitmusRun(program, new Bench(device, program.OptionsOn(new BenchOptions())));
        run.Setup();
        var timeline = new LitmusTimeline(run);

        LitmusSchedule.Parse("T0 D0 T1", default).Play(run);

        var rows = timeline.Rows.Select(row => $"{row.Lane} {row.Label}").ToList();
        Assert.That(rows, Is.SupersetOf((string[])["0 touch A for = write", "0 A: P1 read-only \u2192 nothing", "0 A: nothing \u2192 P2", "2 r2 = 0", "1 stores 1 in P2"]));
        Assert.That(rows.IndexOf("3 Invalidate Completion A"), Is.InRange(rows.IndexOf("3 Invalidate Request A") + 1, rows.IndexOf("0 A: nothing \u2192 P2")));
    }

    [Test]
    public void A_picture_that_is_not_there_is_told_with_the_nearest() =>
        Assert.That(() => LitmusPictures.Draw("L2x"), Throws.TypeOf<InputException>().With.Message.Contains("Did you mean 'L2"));
}
