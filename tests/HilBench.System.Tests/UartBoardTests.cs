using System.Diagnostics;
using System.Text.Json;

namespace HilBench.System.Tests;

/// <summary>The Verilated board: shim, bit-level UART and reference device (docs/shim.md).</summary>
public sealed class UartBoardTests
{
    private static readonly string _libraries = Path.Combine(Repository.Root, "out", "hdl");

    [Test]
    public void Smoke_suite_through_the_bits_of_the_UART_gives_the_verdicts_of_the_device_in_process()
    {
        IgnoreUnlessBuilt("libhilbench_rtl_uart.so");

        var near = Scenarios("rtl:", "verdict", "transactions", "violations");
        var far = Scenarios("rtl-uart:", "verdict", "transactions", "violations");

        Assert.That(far, Is.EqualTo(near));
    }

    [Test]
    public void Run_over_the_simulated_UART_is_the_same_each_time()
    {
        IgnoreUnlessBuilt("libhilbench_rtl_uart.so");

        var first = Scenarios("rtl-uart:", "verdict", "transactions", "cycles");
        var second = Scenarios("rtl-uart:", "verdict", "transactions", "cycles");

        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Board_in_a_process_of_its_own_serves_its_UART_at_a_socket()
    {
        IgnoreUnlessBuilt("hilbench_uart_sim");
        using var folder = new TemporaryFolder();
        var path = folder["uart"];
        using var board = new Simulator(path);

        var far = Scenarios($"unix:{path}", "verdict", "transactions", "cycles");
        var again = Scenarios($"unix:{path}", "verdict", "transactions", "violations");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(far, Is.EqualTo(Scenarios("rtl-uart:", "verdict", "transactions", "cycles")));
            Assert.That(again, Is.EqualTo(Scenarios("rtl:", "verdict", "transactions", "violations")));
        }
    }

    [Test]
    public void Link_fills_the_line_to_the_UART_in_the_boards_own_time()
    {
        IgnoreUnlessBuilt("libhilbench_rtl_uart.so");

        var answer = Hilbench.Run("link", "test", "--device", "rtl-uart:", "--seconds", "0.1", "--json");
        using var json = JsonDocument.Parse(answer.Out);
        var found = json.RootElement;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ExitCode, Is.Zero, answer.Error);
            Assert.That(found.GetProperty("shareOfPayloadLimit").GetDouble(), Is.InRange(0.98, 1.001));
            // 77 bytes there and 77 back at 3 Mbaud take 513 us.
            Assert.That(found.GetProperty("roundTripUs").GetProperty("p50").GetDouble(), Is.InRange(513, 600));
            Assert.That(found.GetProperty("sentAgain").GetInt64() + found.GetProperty("wrong").GetInt64(), Is.Zero);
        }
    }

    [Test]
    public void Faulty_device_is_caught_through_the_UART()
    {
        IgnoreUnlessBuilt("libhilbench_rtl_uart_faulty.so");

        // M01: an Invalidate Request is completed, and nothing is invalidated.
        var answer = Hilbench.Run("run", "--suite", "smoke", "--device", "rtl-uart:?fault=M01", "--quiet");

        Assert.That(answer.ExitCode, Is.EqualTo(1), answer.Error);
    }

    private static void IgnoreUnlessBuilt(string file)
    {
        if (!File.Exists(Path.Combine(_libraries, file)))
        {
            Assert.Ignore($"the Verilated board is not built: out/hdl/{file} is not there");
        }
    }

    private static string Scenarios(string device, params string[] fields)
    {
        var answer = Hilbench.Run("run", "--suite", "smoke", "--device", device, "--json", "-");
        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        using var json = JsonDocument.Parse(answer.Out);
        return string.Join('\n', json.RootElement.GetProperty("scenarios").EnumerateArray().Select(scenario =>
            string.Join(' ', fields.Prepend("name").Select(field => scenario.GetProperty(field).GetRawText()))));
    }

    private sealed class Simulator : IDisposable
    {
        private readonly Process _process;

        public Simulator(string path)
        {
            var start = new ProcessStartInfo(Path.Combine(_libraries, "hilbench_uart_sim"), [path]) { RedirectStandardOutput = true };
            _process = Process.Start(start)!;
            var line = _process.StandardOutput.ReadLineAsync();
            Assert.That(line.Wait(TimeSpan.FromSeconds(60)) && line.Result is not null, Is.True, "the board does not start");
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
