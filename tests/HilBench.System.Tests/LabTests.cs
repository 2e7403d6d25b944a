using System.Text.Json;

namespace HilBench.System.Tests;

/// <summary>A bench with a simulated board: power, limits, locks, and what is said when something is wrong.</summary>
public sealed class LabTests
{
    // The simulated board's own channels: 0 is its 1 V rail, 16 its temperature.
    private const string Bench = """
        schema: hilbench.bench/1
        boards:
          sim:
            about: a simulated board
            carrier: serial:FOLDER/board
            power:
              relay: {on: "echo on >> FOLDER/relay", off: "echo off >> FOLDER/relay"}
              off: 10ms
            when-hung: power-cycle
            every: 50ms
            monitors:
              - name: core
                telemetry: 0
                voltage: {min: 950mV, max: 1050mV}
              - name: FPGA
                telemetry: 16
                temperature: {max: 90C}
              - name: 12V
                hwmon: FOLDER/in1_input
                voltage: {min: 11.4V, max: 12.6V}
          own:
            carrier: serial:FOLDER/board
            monitors:
              - name: FPGA
                telemetry: 16
                temperature: {max: 40C}
        """;

    [Test]
    public void Board_is_switched_reset_and_measured_by_its_name()
    {
        using var folder = NewBench();
        using var board = new BoardProcess("--serial", folder["board"]);

        var answers = ((string[])["power cycle", "reset", "self-test", "faults", "state", "telemetry"]).ToDictionary(order => order, order => OnBench(folder, $"board {order}"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Values.Select(answer => answer.ExitCode), Has.All.Zero, string.Join('\n', answers.Values.Select(answer => answer.Error)));
            Assert.That(File.ReadAllLines(folder["relay"]), Is.EqualTo((string[])["off", "on"]));
            Assert.That(answers["reset"].Out, Is.EqualTo("sim: reset, PERST# by the board\n"));
            Assert.That(answers["state"].Out, Does.Contain("PERST#   released"));
            Assert.That(answers["telemetry"].Out, Does.Match(@"core +1000 mV +950 mV to 1050 mV").And.Match(@"12V +12000 mV"));
        }
    }

    [Test]
    public void Value_outside_of_its_window_exits_1_and_says_which()
    {
        using var folder = NewBench();
        using var board = new BoardProcess("--serial", folder["board"]);
        File.WriteAllText(folder["in1_input"], "12601");

        var answer = OnBench(folder, "board telemetry --json");
        using var json = JsonDocument.Parse(answer.Out);

        var outside = json.RootElement.GetProperty("values").EnumerateArray()
            .Where(value => !value.GetProperty("inside").GetBoolean())
            .Select(value => value.GetProperty("monitor").GetString());
        Assert.That((answer.ExitCode, string.Join(' ', outside)), Is.EqualTo((1, "12V")));
    }

    [Test]
    public void Telemetry_in_a_pipe_is_one_line_for_each_value()
    {
        using var folder = NewBench();
        using var board = new BoardProcess("--serial", folder["board"]);

        var answer = OnBench(folder, "board telemetry --watch --count 3 --interval 0.05");

        Assert.That(answer.Out.Split('\n').Count(line => line.Split('\t') is [_, "12V", "12000", "Millivolt", "ok"]), Is.EqualTo(3), answer.Error);
    }

    [Test]
    public void Rail_that_leaves_its_window_in_a_run_cuts_the_relay_and_ends_the_run_with_exit_code_3()
    {
        using var folder = NewBench();
        using var board = new BoardProcess("--serial", folder["board"]);
        var run = Task.Run(() => OnBench(folder, "run --suite stress --minutes 5 --quiet"));
        board.AwaitWork(run);

        File.WriteAllText(folder["in1_input.new"], "9000");
        File.Move(folder["in1_input.new"], folder["in1_input"], overwrite: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Wait(TimeSpan.FromSeconds(60)), Is.True, "it goes on");
            Assert.That(run.Result.ExitCode, Is.EqualTo(3));
            Assert.That(run.Result.Error, Does.Contain("hilbench: Board: 12V of sim left its window: 9000 mV, allowed is 11400 mV to 12600 mV; the relay is off."));
            Assert.That(File.ReadAllLines(folder["relay"]), Is.EqualTo((string[])["off"]));
        }
    }

    [Test]
    public void Temperature_that_the_board_measures_stops_a_run_and_the_boards_own_rails_go_off()
    {
        using var folder = NewBench();
        using var board = new BoardProcess("--serial", folder["board"]);

        var run = OnBench(folder, "run --suite stress --minutes 5 --quiet", "own");
        var state = OnBench(folder, "board state", "own");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(3));
            Assert.That(run.Error, Does.Contain("FPGA of own left its window: 41.0 °C, allowed is up to 40.0 °C; its rails are off."));
            Assert.That(state.Out, Does.Contain("power    off"));
        }
    }

    [Test]
    public void Device_that_hangs_is_switched_off_and_on_between_scenarios_and_the_run_goes_on()
    {
        using var folder = NewBench();
        // M37 names no ITag in its completions: each Invalidate Request misses its deadline.
        using var board = new BoardProcess("--serial", folder["board"], "--device", "model:?fault=M37");

        var answer = OnBench(folder, "run --suite smoke --json -");
        using var json = JsonDocument.Parse(answer.Out);
        var cycles = File.ReadAllLines(folder["relay"]).Length / 2;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ExitCode, Is.EqualTo(1), answer.Error);
            Assert.That(cycles, Is.GreaterThan(1), "each time it hangs");
            Assert.That(answer.Error.Split("power off and on").Length - 1, Is.EqualTo(cycles));
            Assert.That(json.RootElement.GetProperty("scenarios").GetArrayLength(), Is.GreaterThan(cycles - 1));
            Assert.That(json.RootElement.GetProperty("device").GetString(), Is.EqualTo("board:sim"));
        }
    }

    [Test]
    public void Second_program_on_a_board_is_told_who_has_it()
    {
        using var folder = NewBench();
        using var board = new BoardProcess("--serial", folder["board"]);
        var run = Task.Run(() => OnBench(folder, "run --suite stress --minutes 0.2 --quiet"));
        board.AwaitWork(run);

        var second = OnBench(folder, "board power off");
        var devices = OnBench(folder, "devices", board: null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.ExitCode, Is.EqualTo(3));
            Assert.That(second.Error, Does.Match(@"^hilbench: Permission: sim is in use by process \d+ of \S+ since .* \(run --suite stress\)\."));
            Assert.That(File.Exists(folder["relay"]), Is.False, "nothing was switched");
            Assert.That(devices.Out, Does.Match(@"board +board:sim .*\(run --suite stress\)"));
            Assert.That(run.Result.ExitCode, Is.Zero, run.Result.Error);
        }
    }

    [Test]
    public void Doctor_names_the_first_layer_that_fails()
    {
        using var folder = NewBench();

        var absent = OnBench(folder, "doctor --json");
        using var json = JsonDocument.Parse(absent.Out);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(absent.ExitCode, Is.EqualTo(3));
            Assert.That(absent.Error, Is.EqualTo("hilbench: sim fails at the layer cable\n"));
            Assert.That(
                json.RootElement.EnumerateArray().Select(layer => $"{layer.GetProperty("id")} {layer.GetProperty("status")}"),
                Is.EqualTo((string[])["driver good", "permission good", "cable FAILED", "link not reached", "protocol not reached", "shim not reached", "device not reached"]));
        }
    }

    [TestCase("model:")]
    [TestCase("board:sim")]
    public void Doctor_finds_the_device_at_the_end_of_a_way_that_works(string device)
    {
        using var folder = NewBench();
        using var board = new BoardProcess("--serial", folder["board"]);

        var answer = Hilbench.RunWith(Environment(folder), "doctor", "--bench", folder["bench.yaml"], "--device", device);

        Assert.That((answer.ExitCode, answer.Out.TrimEnd().Split('\n')[^1]), Is.EqualTo((0, "good         device      function 0 is 1234:4154")), answer.Error);
    }

    [Test]
    public void Mistake_in_a_bench_file_exits_2_with_file_line_and_column()
    {
        using var folder = NewBench();
        File.WriteAllText(folder["bench.yaml"], Bench.Replace("every", "evry", StringComparison.Ordinal));

        var answer = OnBench(folder, "run");

        Assert.That((answer.ExitCode, answer.Error), Is.EqualTo((2, $"hilbench: {folder["bench.yaml"]}:10:5: unknown key 'evry'. Did you mean 'every'?\n")));
    }

    [Test]
    public void Board_without_a_bench_file_is_explained()
    {
        var answer = Hilbench.Run("run", "--device", "board:sim");

        Assert.That((answer.ExitCode, answer.Error), Is.EqualTo(
            (2, "hilbench: 'board:sim' is a board of a bench file, and none is named. Name it with --bench FILE, or in HILBENCH_BENCH.\n")));
    }

    [TestCase("115200")]
    [TestCase("1000000")]
    public void Serial_line_carries_at_least_90_percent_of_what_its_baud_rate_allows(string baud)
    {
        using var folder = NewBench();
        using var board = new BoardProcess("--serial", folder["board"], "--paced", "--baud", baud);

        var answer = Hilbench.RunWith(Environment(folder), "link", "test", "--device", $"serial:{folder["board"]}?baud={baud}", "--seconds", "2", "--bytes", "256", "--json");
        using var json = JsonDocument.Parse(answer.Out);

        Assert.That(json.RootElement.GetProperty("shareOfPayloadLimit").GetDouble(), Is.InRange(0.9, 1.02), answer.Out);
    }

    private static TemporaryFolder NewBench()
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder["bench.yaml"], Bench.Replace("FOLDER", folder.Root, StringComparison.Ordinal));
        File.WriteAllText(folder["in1_input"], "12000");
        return folder;
    }

    private static Dictionary<string, string> Environment(TemporaryFolder folder) => new() { ["HILBENCH_LOCKS"] = folder.Root };

    private static Hilbench.Answer OnBench(TemporaryFolder folder, string command, string? board = "sim")
    {
        string[] device = board is null ? [] : ["--device", $"board:{board}"];
        return Hilbench.RunWith(Environment(folder), [.. command.Split(' '), "--bench", folder["bench.yaml"], .. device]);
    }
}
