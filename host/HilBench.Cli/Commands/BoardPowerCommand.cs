using HilBench.Cli.Boards;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench board power</c>: rails on, off, or off and on.</summary>
internal sealed class BoardPowerCommand : BenchCommand
{
    public BoardPowerCommand(BoardSeat seat)
        : base("power", "Switches the rails of a board.", "hilbench board power cycle --bench lab.yaml --device board:fpga-a")
    {
        Add(new BoardOrderCommand(
            seat, "on", "Rails on, reference clock on, PERST# released.", "hilbench board power on --bench lab.yaml --device board:fpga-a",
            (board, output) =>
            {
                board.PowerOn();
                output.WriteLine($"{board.Entry.Name}: power on");
            },
            "power"));
        Add(new BoardOrderCommand(
            seat, "off", "Rails off: by the relay, if there is one.", "hilbench board power off --bench lab.yaml --device board:fpga-a",
            (board, output) =>
            {
                board.PowerOff();
                output.WriteLine($"{board.Entry.Name}: power off");
            },
            "power"));
        Add(new BoardOrderCommand(
            seat, "cycle", "Off, a pause, on.", "hilbench board power cycle --bench lab.yaml --device board:fpga-a",
            (board, output) =>
            {
                board.PowerCycle();
                output.WriteLine($"{board.Entry.Name}: power off and on");
            },
            "power"));
    }
}
