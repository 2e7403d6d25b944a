using HilBench.Cli.Boards;
using HilBench.Cli.Output;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench board</c>: power, reset and measured values of a board.</summary>
internal sealed class BoardCommand : BenchCommand
{
    public BoardCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "board",
            "Switches, resets and measures a board.",
            "hilbench board state --device serial:/dev/ttyUSB0",
            "hilbench board power cycle --bench lab.yaml --device board:fpga-a",
            "hilbench board telemetry --watch --bench lab.yaml --device board:fpga-a")
    {
        var seat = new BoardSeat(terminal, cancel);
        Add(new BoardPowerCommand(seat));
        Add(new BoardOrderCommand(
            seat, "reset", "Takes PERST# low and releases it.", "hilbench board reset --device board:fpga-a --bench lab.yaml",
            (board, output) => output.WriteLine($"{board.Entry.Name}: reset, {board.Reset()}")));
        Add(new BoardStateCommand(seat));
        Add(new BoardTelemetryCommand(seat));
        Add(new BoardFaultsCommand(seat));
        Add(new BoardSelfTestCommand(seat));
    }
}
