using System.CommandLine;
using HilBench.Cli.Output;
using HilBench.Journal;
using HilBench.Lab;

namespace HilBench.Cli.Boards;

/// <summary>What the board commands share: which board, taken for this program, and where to print.</summary>
internal sealed class BoardSeat(Terminal terminal, CancellationToken cancel)
{
    private readonly BoardArguments _boards = new();
    private readonly Option<string> _device = new("--device")
    {
        Description = "The board: board:NAME of the bench file, or serial:/dev/tty?baud=RATE, usb:SERIAL, tcp:HOST:PORT, unix:PATH.",
        HelpName = "URI",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("HILBENCH_DEVICE") is { Length: > 0 } uri ? uri : "",
    };

    /// <summary>Where to print.</summary>
    public Terminal Terminal => terminal;

    /// <summary>Ctrl-C.</summary>
    public CancellationToken Cancel => cancel;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_device);
        _boards.AddTo(command);
    }

    /// <summary>Takes the board and does something with it.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="purpose">What for, as others are told.</param>
    /// <param name="work">Given the board; returns the exit code.</param>
    public int With(ParseResult parse, string purpose, Func<LabBoard, int> work)
    {
        var text = parse.GetRequiredValue(_device);
        if (text.Length == 0)
        {
            throw new InputException("no board is named", "Name it with --device board:NAME --bench FILE, or --device serial:/dev/ttyUSB0.");
        }

        var target = _boards.Resolve(parse, text);
        if (target.Uri.Carrier is null)
        {
            throw new InputException($"'{text}' is no board", "A simulated device has no power to switch; `board-sim` serves one that has.");
        }

        using var taken = target.Take($"board {purpose}");
        using var board = target.OpenBoard(cancel);
        return work(board);
    }
}
