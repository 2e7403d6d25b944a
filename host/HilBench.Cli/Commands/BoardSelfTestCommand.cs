using System.CommandLine;
using System.Numerics;
using HilBench.Cli.Boards;
using HilBench.Cli.Output;
using HilBench.Lab;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench board self-test</c>: the board tests itself.</summary>
internal sealed class BoardSelfTestCommand : BenchCommand
{
    private readonly BoardSeat _seat;
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, schema hilbench.self-test/1." };

    public BoardSelfTestCommand(BoardSeat seat)
        : base("self-test", "Lets a board test itself; exit 1 when a test fails.", "hilbench board self-test --device serial:/dev/ttyUSB0")
    {
        _seat = seat;
        seat.AddTo(this);
        Add(_json);
        SetAction(parse => seat.With(parse, "self-test", board => Show(board, parse.GetValue(_json))));
    }

    private int Show(LabBoard board, bool isJson)
    {
        var result = board.Control.SelfTest();
        var failed = Enumerable.Range(0, 32).Where(bit => (result.Failed >> bit & 1) != 0).ToList();
        if (isJson)
        {
            JsonOutput.Write(_seat.Terminal.Out, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("schema", "hilbench.self-test/1");
                writer.WriteString("board", board.Entry.Name);
                writer.WriteNumber("passed", BitOperations.PopCount(result.Passed));
                writer.WriteStartArray("failed");
                foreach (var test in failed)
                {
                    writer.WriteNumberValue(test);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        }
        else
        {
            var which = failed.Count == 0 ? "" : $": {string.Join(", ", failed)}";
            _seat.Terminal.Out.WriteLine($"{board.Entry.Name}: {BitOperations.PopCount(result.Passed)} self-tests passed, {failed.Count} failed{which}");
        }

        return result.IsGood ? ExitCode.Good : ExitCode.Wrong;
    }
}
