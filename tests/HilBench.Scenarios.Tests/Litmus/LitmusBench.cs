using HilBench.Devices;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>Runs litmus tests that a test writes down, and those of the repository.</summary>
internal static class LitmusBench
{
    /// <summary>Plays a schedule of a test.</summary>
    public static LitmusOutcome Play(LitmusProgram program, string schedule, KernelProfile? kernel = null) =>
        On(program, kernel, 1, run => LitmusSchedule.Parse(schedule, default).Play(run));

    /// <summary>Walks through a test at random.</summary>
    public static LitmusOutcome Walk(LitmusProgram program, KernelProfile kernel, ulong seed) =>
        On(program, kernel, seed, run => new LitmusWalk(run, run.Bench.Choice.Child("walk")).Walk());

    /// <summary>A test with one mapping A of a page and the steps of one CPU.</summary>
    public static LitmusProgram Parse(string threads, string setup = "map A 4KiB at = 0x40000000\n write A 1", string conditions = "forbidden [A] = 99") =>
        LitmusProgram.Parse($"litmus X \"a test\"\ninit {{\n {setup}\n}}\n{threads}\n{conditions}\n", "x.litmus");

    private static LitmusOutcome On(LitmusProgram program, KernelProfile? kernel, ulong seed, Func<LitmusRun, LitmusOutcome> play)
    {
        using var device = new ModelDevice(program.DeviceFault);
        var bench = new Bench(device, program.OptionsOn(new BenchOptions { Seed = seed, Profile = kernel ?? KernelProfile.Default }));
        var run = new LitmusRun(program, bench);
        run.Setup();
        return play(run);
    }
}
