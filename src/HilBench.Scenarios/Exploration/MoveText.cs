using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>Moves as schedules name them: "T0", "deliver posted", "deliver posted+translation", "take request", "serve".</summary>
internal static class MoveText
{
    private static readonly string[] _lanes = ["posted", "request", "completion", "translation"];

    /// <summary>The name of a move.</summary>
    public static string Of(Move move, LitmusProgram program) => move.Kind switch
    {
        MoveKind.Thread => program.Threads[move.First].Name,
        MoveKind.Deliver => $"deliver {_lanes[move.First]}",
        MoveKind.DeliverTwo => $"deliver {_lanes[move.First]}+{_lanes[move.Second]}",
        MoveKind.Take => $"take {_lanes[move.First]}",
        _ => "serve",
    };

    /// <summary>The move of a name.</summary>
    /// <exception cref="InputException">No move has it.</exception>
    public static Move Parse(string text, LitmusProgram program)
    {
        for (var i = 0; i < program.Threads.Count; i++)
        {
            if (program.Threads[i].Name == text)
            {
                return new Move(MoveKind.Thread, (byte)i);
            }
        }

        var words = text.Split(' ');
        var lanes = words.Length == 2 ? words[1].Split('+').Select(lane => Array.IndexOf(_lanes, lane)).ToArray() : [];
        return (words[0], lanes) switch
        {
            ("serve", _) when words.Length == 1 => new Move(MoveKind.Serve, 0),
            ("take", [>= 0 and var lane]) => new Move(MoveKind.Take, (byte)lane),
            ("deliver", [>= 0 and var lane]) => new Move(MoveKind.Deliver, (byte)lane),
            ("deliver", [>= 0 and var first, >= 0 and var second]) => new Move(MoveKind.DeliverTwo, (byte)first, (byte)second),
            _ => throw new InputException($"'{text}' is no step of a schedule of {program.Name}", "Steps are thread names, 'deliver LANE', 'deliver LANE+LANE', 'take LANE' and 'serve'."),
        };
    }

    /// <summary>What a move of the link carries; null for others. To be asked before it happens.</summary>
    public static string? Describe(Move move, LitmusMachine machine)
    {
        var choices = machine.Bench.Wire.Deliveries!;
        return move.Kind switch
        {
            MoveKind.Take => $"{TlpText.Line(choices.FirstUp(move.Lane))} reaches the host",
            MoveKind.Deliver => $"{TlpText.Line(choices.FirstDown(move.Lane))} reaches the device",
            MoveKind.DeliverTwo => $"{TlpText.Line(choices.FirstDown(move.Lane))} reaches the device, and at once another one",
            MoveKind.Serve => "the host serves a page request",
            _ => null,
        };
    }

    /// <summary>Where a thread stands. To be asked behind its move.</summary>
    public static string DescribeThread(Move move, LitmusMachine machine)
    {
        var thread = machine.Run.Threads[move.First];
        var at = thread.Pause.At;
        return thread.State == LitmusThreadState.Ended ? "ended"
            : at.Site is null ? thread.Step?.Text ?? "" : $"{at.Site}: {at.Kind}";
    }
}
