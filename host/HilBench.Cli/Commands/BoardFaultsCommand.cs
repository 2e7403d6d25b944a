using System.CommandLine;
using System.Globalization;
using HilBench.Cli.Boards;
using HilBench.Cli.Output;
using HilBench.Lab;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench board faults</c>: the board's fault log.</summary>
internal sealed class BoardFaultsCommand : BenchCommand
{
    private readonly BoardSeat _seat;
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON array, newest first." };
    private readonly Option<bool> _forget = new("--forget") { Description = "Empty the log after it was printed." };

    public BoardFaultsCommand(BoardSeat seat)
        : base(
            "faults", "Prints the fault log of a board, newest first; it outlives restarts.",
            "hilbench board faults --device serial:/dev/ttyUSB0",
            "hilbench board faults --forget --bench lab.yaml --device board:fpga-a")
    {
        _seat = seat;
        seat.AddTo(this);
        Add(_json);
        Add(_forget);
        SetAction(parse => seat.With(parse, "faults", board => Show(board, parse.GetValue(_json), parse.GetValue(_forget))));
    }

    private int Show(LabBoard board, bool isJson, bool isForgotten)
    {
        var faults = board.Control.ReadFaults();
        var output = _seat.Terminal.Out;
        if (isJson)
        {
            JsonOutput.Write(output, writer =>
            {
                writer.WriteStartArray();
                foreach (var fault in faults)
                {
                    writer.WriteStartObject();
                    writer.WriteNumber("code", (int)fault.What);
                    writer.WriteString("what", BoardStateCommand.Words(fault.What));
                    writer.WriteNumber("uptimeMs", (long)fault.Uptime.TotalMilliseconds);
                    writer.WriteString("text", fault.Text);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
        }
        else if (faults.Count == 0)
        {
            output.WriteLine($"{board.Entry.Name}: the fault log is empty");
        }

        foreach (var fault in isJson ? [] : faults)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{fault.Uptime.TotalSeconds,10:0.000} s  {BoardStateCommand.Words(fault.What)}: {fault.Text}"));
        }

        if (isForgotten)
        {
            board.Control.ForgetFaults();
        }

        return ExitCode.Good;
    }
}
