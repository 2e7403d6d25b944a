using HilBench.Devices;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>
/// Pictures of what litmus tests forbid: of each test whose expected table has a case in which it can be reached, the first such
/// case, on the model, by the schedule that the table names.
/// </summary>
public static class LitmusPictures
{
    /// <summary>Tests that can be drawn.</summary>
    public static IReadOnlyList<string> Names => [.. Drawn().Select(expected => expected.Test).Distinct()];

    /// <summary>The picture as SVG.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="InputException">There is no such picture.</exception>
    public static string Draw(string name)
    {
        var expected = Drawn().FirstOrDefault(known => known.Test == name)
            ?? throw new InputException($"there is no picture '{name}'", NearestName.Suggest(name, Names));
        var kernel = expected.Kernels.Contains(KernelProfile.Default) ? KernelProfile.Default : expected.Kernels[^1];
        var program = LitmusCatalogue.Load(name)[0].With(expected);
        using var device = new ModelDevice(program.DeviceFault);
        var bench = new Bench(device, program.OptionsOn(new BenchOptions { Profile = kernel }));
        var run = new LitmusRun(program, bench);
        run.Setup();
        var timeline = new LitmusTimeline(run);
        var outcome = expected.Witness!.Play(run);
        var subtitle = expected.Change.Length > 0 ? $"{kernel.Name} with {expected.Change}" : kernel.Name;
        return LitmusPicture.Draw(program, $"{subtitle}; schedule {expected.Witness.Text}", timeline.Rows, outcome);
    }

    private static IEnumerable<LitmusExpectation> Drawn() => LitmusExpectations.Load().Where(expected => expected.Witness is not null);
}
