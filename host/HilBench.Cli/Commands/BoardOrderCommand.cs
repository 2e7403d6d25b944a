using HilBench.Cli.Boards;
using HilBench.Lab;

namespace HilBench.Cli.Commands;

/// <summary>A board command that does one thing and says so.</summary>
internal sealed class BoardOrderCommand : BenchCommand
{
    public BoardOrderCommand(BoardSeat seat, string name, string summary, string example, Action<LabBoard, TextWriter> work, string above = "")
        : base(name, summary, example)
    {
        seat.AddTo(this);
        SetAction(parse => seat.With(parse, $"{above} {name}".Trim(), board =>
        {
            work(board, seat.Terminal.Out);
            return ExitCode.Good;
        }));
    }
}
