using System.Text.Json;

namespace HilBench.System.Tests;

/// <summary>A simulated board at the end of a pseudo serial port or a socket, as a person would use it.</summary>
public sealed class BoardTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private static readonly string[] _cables = ["0", "10"]; // altered bytes of 1000

    [TestCaseSource(nameof(_cables))]
    public void Smoke_suite_over_a_serial_port_gives_the_same_result_as_in_process(string noise)
    {
        using var folder = new TemporaryFolder();
        var port = folder["board"];
        using var board = new BoardProcess("--serial", port, "--noise", noise);

        var far = Scenarios($"serial:{port}");
        var near = Scenarios("model:");

        Assert.That(far, Is.EqualTo(near));
    }

    [Test]
    public void Smoke_suite_runs_over_a_socket()
    {
        using var folder = new TemporaryFolder();
        var address = $"unix:{folder["board"]}";
        using var board = new BoardProcess("--listen", address);

        Assert.That(Scenarios(address), Is.EqualTo(Scenarios("model:")));
    }

    [Test]
    public void Smoke_suite_over_a_BAR_mailbox_gives_the_same_result_as_in_process()
    {
        using var folder = new TemporaryFolder();
        var file = folder["bar"];
        using var board = new BoardProcess("--listen", $"bar:{file}");

        Assert.That(Scenarios($"pcie:{file}"), Is.EqualTo(Scenarios("model:")));
    }

    [Test]
    public void Board_that_dies_behind_a_BAR_ends_the_run_with_exit_code_3_and_the_cable_named()
    {
        using var folder = new TemporaryFolder();
        var file = folder["bar"];
        using var board = new BoardProcess("--listen", $"bar:{file}");
        var run = Task.Run(() => Hilbench.Run("run", "--suite", "stress", "--minutes", "5", "--device", $"pcie:{file}", "--quiet"));
        board.AwaitWork(run);

        using (var bar = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            bar.Write(Enumerable.Repeat((byte)0xFF, 0x140).ToArray()); // as hardware that is gone reads
        }

        var isOver = run.Wait(_patience);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isOver, Is.True, "it hangs");
            Assert.That(run.Result.ExitCode, Is.EqualTo(3));
            Assert.That(run.Result.Out + run.Result.Error, Does.Contain($"Cable: pcie:{file}: the board is gone"));
        }
    }

    [Test]
    public void Link_test_loses_nothing_on_a_bad_cable()
    {
        using var folder = new TemporaryFolder();
        var port = folder["board"];
        using var board = new BoardProcess("--serial", port, "--noise", "2");

        var answer = Hilbench.Run("link", "test", "--device", $"serial:{port}?baud=3000000", "--seconds", "0.5", "--json");
        using var json = JsonDocument.Parse(answer.Out);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ExitCode, Is.Zero, answer.Error);
            Assert.That(json.RootElement.GetProperty("schema").GetString(), Is.EqualTo("hilbench.link-test/1"));
            Assert.That(json.RootElement.GetProperty("wrong").GetInt32(), Is.Zero);
            Assert.That(json.RootElement.GetProperty("brokenToHost").GetInt64(), Is.GreaterThan(0));
            Assert.That(json.RootElement.GetProperty("bitErrorRateToHost").GetDouble(), Is.InRange(2e-3 / 8 / 3, 2e-3 / 8 * 3));
        }
    }

    [Test]
    public void Board_that_dies_in_the_middle_ends_the_run_with_exit_code_3_and_the_cable_named()
    {
        using var folder = new TemporaryFolder();
        var port = folder["board"];
        using var board = new BoardProcess("--serial", port);
        var run = Task.Run(() => Hilbench.Run("run", "--suite", "stress", "--minutes", "5", "--device", $"serial:{port}", "--quiet"));
        board.AwaitWork(run);

        board.Kill();
        var isOver = run.Wait(_patience);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isOver, Is.True, "it hangs");
            Assert.That(run.Result.ExitCode, Is.EqualTo(3));
            Assert.That(run.Result.Out + run.Result.Error, Does.Contain($"Cable: serial:{port}: the other side is gone"));
        }
    }

    [Test]
    public void Port_without_a_board_is_explained()
    {
        var answer = Hilbench.Run("run", "--device", "serial:/dev/no-such-port");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ExitCode, Is.EqualTo(3));
            Assert.That(answer.Error, Does.StartWith("hilbench: Cable: serial:/dev/no-such-port: there is no such port."));
        }
    }

    // Everything that does not depend on the clock on the wall.
    private static string Scenarios(string device)
    {
        var answer = Hilbench.Run("run", "--suite", "smoke", "--device", device, "--json", "-");
        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        using var json = JsonDocument.Parse(answer.Out);
        return string.Join('\n', json.RootElement.GetProperty("scenarios").EnumerateArray().Select(scenario =>
            $"{scenario.GetProperty("name")} {scenario.GetProperty("verdict")} {scenario.GetProperty("transactions")} {scenario.GetProperty("cycles")}"));
    }
}
