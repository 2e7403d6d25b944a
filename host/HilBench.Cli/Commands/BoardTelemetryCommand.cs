using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HilBench.Cli.Boards;
using HilBench.Cli.Output;
using HilBench.Lab;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench board telemetry</c>: what is measured on and around a board.</summary>
internal sealed class BoardTelemetryCommand : BenchCommand
{
    private static readonly JsonWriterOptions _line = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly BoardSeat _seat;
    private readonly Option<bool> _watch = new("--watch") { Description = "Go on until Ctrl-C: a live table on a terminal, else one line for each value." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, schema hilbench.telemetry/1; with --watch one object in each line." };
    private readonly Option<double> _interval = new("--interval")
    {
        Description = "Seconds between two rounds of --watch.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 0.5,
    };

    private readonly Option<int> _count = new("--count") { Description = "End --watch after so many rounds; 0: at Ctrl-C.", HelpName = "N" };

    public BoardTelemetryCommand(BoardSeat seat)
        : base(
            "telemetry", "Prints rail voltages, currents and temperatures; exit 1 when one is outside of its window.",
            "hilbench board telemetry --device serial:/dev/ttyUSB0",
            "hilbench board telemetry --watch --bench lab.yaml --device board:fpga-a",
            "hilbench board telemetry --watch --json --count 100 --bench lab.yaml --device board:fpga-a > values.jsonl")
    {
        _seat = seat;
        seat.AddTo(this);
        Add(_watch);
        Add(_json);
        Add(_interval);
        Add(_count);
        _interval.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.02 and <= 60))
            {
                result.AddError("--interval: give 0.02 to 60 seconds.");
            }
        });
        _count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
            {
                result.AddError("--count: give 0 or more.");
            }
        });
        SetAction(parse => seat.With(parse, "telemetry", board => Show(parse, board)));
    }

    private int Show(ParseResult parse, LabBoard board)
    {
        var isJson = parse.GetValue(_json);
        if (parse.GetValue(_watch))
        {
            return Watch(board, isJson, TimeSpan.FromSeconds(parse.GetValue(_interval)), parse.GetValue(_count));
        }

        var readings = board.Measure();
        if (isJson)
        {
            JsonOutput.Write(_seat.Terminal.Out, writer => WriteObject(writer, board.Entry.Name, time: null, readings));
        }
        else
        {
            PlainTable.Print(
                _seat.Terminal.Out, ["monitor", "value", "window"], leftColumns: 1,
                [.. readings.Select(reading => (IReadOnlyList<string>)[reading.Monitor, reading.ToString(), WindowOf(board.Entry, reading)])]);
        }

        return ExitOf(readings);
    }

    private int Watch(LabBoard board, bool isJson, TimeSpan interval, int count)
    {
        var terminal = _seat.Terminal;
        using var view = !isJson && terminal.IsOutTerminal ? new TelemetryView(terminal, board.Entry) : null;
        var started = TimeProvider.System.GetTimestamp();
        var worst = ExitCode.Good;
        for (var round = 1; !_seat.Cancel.IsCancellationRequested; round++)
        {
            var readings = board.Measure();
            var time = TimeProvider.System.GetElapsedTime(started);
            worst = Math.Max(worst, ExitOf(readings));
            if (view is not null)
            {
                view.Show(readings, time);
            }
            else if (isJson)
            {
                WriteLine(board.Entry.Name, time, readings);
            }
            else
            {
                foreach (var reading in readings)
                {
                    terminal.Out.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{time.TotalSeconds:0.000}\t{reading.Monitor}\t{reading.Value}\t{reading.Unit}\t{(reading.Left is null ? "ok" : "outside")}"));
                }
            }

            terminal.Out.Flush();
            if (round == count || _seat.Cancel.WaitHandle.WaitOne(interval))
            {
                break;
            }
        }

        return _seat.Cancel.IsCancellationRequested ? ExitCode.Interrupted : worst;
    }

    private void WriteLine(string board, TimeSpan time, IReadOnlyList<Reading> readings)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, _line))
        {
            WriteObject(writer, board, time, readings);
        }

        _seat.Terminal.Out.WriteLine(Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private static void WriteObject(Utf8JsonWriter writer, string board, TimeSpan? time, IReadOnlyList<Reading> readings)
    {
        writer.WriteStartObject();
        writer.WriteString("schema", "hilbench.telemetry/1");
        writer.WriteString("board", board);
        if (time is { } at)
        {
            writer.WriteNumber("seconds", Math.Round(at.TotalSeconds, 3));
        }

        writer.WriteStartArray("values");
        foreach (var reading in readings)
        {
            writer.WriteStartObject();
            writer.WriteString("monitor", reading.Monitor);
            writer.WriteString("unit", reading.Unit.ToString());
            writer.WriteNumber("value", reading.Value);
            writer.WriteBoolean("inside", reading.Left is null);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string WindowOf(BoardEntry entry, Reading reading) =>
        entry.Monitors.FirstOrDefault(monitor => monitor.Name == reading.Monitor)?.Windows.FirstOrDefault(window => window.Unit == reading.Unit) is { } window
            ? $"{window}{(reading.Left is null ? "" : "  OUTSIDE")}"
            : "";

    private static int ExitOf(IReadOnlyList<Reading> readings) => readings.Any(reading => reading.Left is not null) ? ExitCode.Wrong : ExitCode.Good;
}
