using System.Text.Json;
using System.Text.RegularExpressions;

namespace HilBench.System.Tests;

public sealed class RunTests
{
    [Test]
    public void Correct_device_passes_with_a_table_and_a_summary()
    {
        var answer = Hilbench.Run("run", "--device", "model:", "--suite", "smoke");

        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        Assert.That(answer.Out, Does.Match(@"scenario +verdict +rules +TLPs +transactions +cycles"));
        Assert.That(answer.Out, Does.Match(@"[1-9]\d* passed, 0 failed; [1-9]\d* rules checked"));
        Assert.That(answer.Error, Is.Empty, "no progress where nobody looks");
    }

    [Test]
    public void Device_that_keeps_a_2_MiB_translation_fails_with_the_whole_proof()
    {
        var answer = Hilbench.Run("run", "--device", "model:?fault=M11", "--filter", "inside-larger/munmap-2MiB-first");

        Assert.That(answer.ExitCode, Is.EqualTo(1), answer.Error);
        Assert.That(answer.Out, Does.Contain("ATS-INV-002 (critical)"));
        Assert.That(answer.Out, Does.Match(@"agent +translation of 0x[0-9a-f]+, PASID 0x[0-9a-f]+: granted 0x[0-9a-f]+\+2MiB"));
        Assert.That(answer.Out, Does.Match(@"host → device: InvalidateRequest .*\+4KiB"));
        Assert.That(answer.Out, Does.Match(@"device → host: InvalidateCompletion "));
        Assert.That(answer.Out, Does.Match(@"device → host: MRd\d\d AT=T "));
        Assert.That(answer.Out, Does.Contain("replay: bin/hilbench run --device 'model:?fault=M11'"));
    }

    [Test]
    public void Replay_command_of_a_failure_repeats_it()
    {
        using var folder = new TemporaryFolder();
        Hilbench.Run("run", "--device", "model:?fault=M18", "--filter", "race/*", "--seed", "9", "--json", folder["a.json"]);
        var failure = Scenarios(folder["a.json"]).First(scenario => scenario.GetProperty("verdict").GetString() == "failed");
        var command = failure.GetProperty("replay").GetString()!;

        var words = Regex.Matches(command, @"'([^']*)'|(\S+)").Select(word => word.Groups[1].Success ? word.Groups[1].Value : word.Value).ToList();
        var again = Hilbench.Run([.. words.Skip(1), "--json", folder["b.json"]]);

        Assert.That(words[0], Is.EqualTo("bin/hilbench"));
        Assert.That(again.ExitCode, Is.EqualTo(1), again.Error);
        Assert.That(Scenarios(folder["b.json"]).Single().GetRawText(), Is.EqualTo(failure.GetRawText()));
    }

    [TestCase("model:")]
    [TestCase("rtl:")]
    public void Same_seed_gives_the_same_file_but_for_the_clock(string device)
    {
        RequireRtl(device);
        using var folder = new TemporaryFolder();

        Hilbench.Run("run", "--device", device, "--seed", "7", "--json", folder["a"]);
        Hilbench.Run("run", "--device", device, "--seed", "7", "--json", folder["b"]);

        Assert.That(WithoutClock(folder["b"]), Is.EqualTo(WithoutClock(folder["a"])));
        Assert.That(WithoutClock(folder["a"]), Does.Contain("\"seed\": 7,"));
    }

    [Test]
    public void Json_on_stdout_is_all_that_stands_there()
    {
        var answer = Hilbench.Run("run", "--device", "model:", "--suite", "smoke", "--json", "-");

        using var json = JsonDocument.Parse(answer.Out);
        Assert.That(json.RootElement.GetProperty("schema").GetString(), Is.EqualTo("hilbench.run/1"));
    }

    [Test]
    public void All_files_are_written_and_nothing_else()
    {
        using var folder = new TemporaryFolder();

        var answer = Hilbench.RunWith(
            new() { ["GITHUB_STEP_SUMMARY"] = folder["summary.md"] },
            "run", "--device", "model:", "--suite", "smoke", "--json", folder["r.json"], "--junit", folder["sub/j.xml"], "--report", folder["report"]);

        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        Assert.That(folder.Files, Is.EqualTo((string[])["r.json", "report/index.html", "sub/j.xml", "summary.md"]));
        Assert.That(answer.Out, Does.Contain($"report: {folder["report/index.html"]}"));
    }

    [Test]
    public void Quiet_prints_the_summary_only()
    {
        var answer = Hilbench.Run("run", "--device", "model:", "--suite", "smoke", "--quiet");

        Assert.That(answer.Out.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public void Environment_gives_defaults_and_options_win()
    {
        using var folder = new TemporaryFolder();
        var environment = new Dictionary<string, string> { ["HILBENCH_DEVICE"] = "model:", ["HILBENCH_SUITE"] = "smoke", ["HILBENCH_SEED"] = "0x10" };

        Hilbench.RunWith(environment, "run", "--json", folder["a"], "--policy", "exact");
        Hilbench.RunWith(environment, "run", "--json", folder["b"], "--seed", "5");

        using var first = JsonDocument.Parse(File.ReadAllText(folder["a"]));
        using var second = JsonDocument.Parse(File.ReadAllText(folder["b"]));
        Assert.That(first.RootElement.GetProperty("seed").GetUInt64(), Is.EqualTo(16));
        Assert.That(first.RootElement.GetProperty("suite").GetString(), Is.EqualTo("smoke"));
        Assert.That(first.RootElement.GetProperty("policy").GetString(), Is.EqualTo("exact"));
        Assert.That(second.RootElement.GetProperty("seed").GetUInt64(), Is.EqualTo(5));
    }

    [Test]
    public void Repeats_run_with_seeds_of_their_own()
    {
        using var folder = new TemporaryFolder();

        Hilbench.Run("run", "--device", "model:", "--filter", "dma/read-64", "--repeat", "3", "--json", folder["a"]);

        var seeds = Scenarios(folder["a"]).Select(scenario => scenario.GetProperty("seed").GetUInt64()).ToList();
        Assert.That(seeds, Has.Count.EqualTo(3));
        Assert.That(seeds, Is.Unique);
    }

    /// <summary>Skips where the Verilated device could not be built; CI has it.</summary>
    internal static void RequireRtl(string device)
    {
        var isBuilt = File.Exists(Path.Combine(Repository.Root, "out", "hdl", "libhilbench_rtl.so"));
        if (device.StartsWith("rtl:", StringComparison.Ordinal) && !isBuilt && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Ignore("the Verilated device is not built on this machine");
        }
    }

    private static List<JsonElement> Scenarios(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        return [.. json.RootElement.GetProperty("scenarios").EnumerateArray().Select(scenario => scenario.Clone())];
    }

    private static string WithoutClock(string file)
    {
        var text = File.ReadAllText(file);
        return text[..text.IndexOf("\"wallClock\"", StringComparison.Ordinal)];
    }
}
