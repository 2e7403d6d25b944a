using System.CommandLine;
using System.Globalization;
using HilBench.Cli.Boards;
using HilBench.Cli.Output;
using HilBench.Lab;
using HilBench.Links;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench board state</c>: power, reset, clock and presence.</summary>
internal sealed class BoardStateCommand : BenchCommand
{
    private readonly BoardSeat _seat;
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, schema hilbench.board-state/1." };

    public BoardStateCommand(BoardSeat seat)
        : base("state", "Says how a board stands: power, PERST#, reference clock, device, last fault.", "hilbench board state --device serial:/dev/ttyUSB0")
    {
        _seat = seat;
        seat.AddTo(this);
        Add(_json);
        SetAction(parse => seat.With(parse, "state", board => Show(board, parse.GetValue(_json))));
    }

    private int Show(LabBoard board, bool isJson)
    {
        var relay = board.IsRelayOn();
        var isReachable = relay != false;
        var identity = isReachable ? board.Control.Board : null;
        var state = isReachable && board.Control.Can(BoardFeatures.Control) ? board.Control.ReadState() : null;
        if (isJson)
        {
            JsonOutput.Write(_seat.Terminal.Out, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("schema", "hilbench.board-state/1");
                writer.WriteString("board", board.Entry.Name);
                writer.WriteString("name", identity?.Name ?? "");
                writer.WriteString("version", identity?.Version ?? "");
                writer.WriteString("serial", identity?.Serial ?? "");
                Write("relay", relay);
                Write("power", state?.IsPowered);
                Write("perstReleased", state?.IsPerstReleased);
                Write("referenceClock", state?.IsReferenceClockOn);
                Write("devicePresent", state?.IsDevicePresent);
                writer.WriteString("fault", state is null or { Fault: BoardEvent.None } ? "" : state.Fault.ToString());
                writer.WriteNumber("uptimeMs", (long)(state?.Uptime.TotalMilliseconds ?? identity?.UptimeMs ?? 0));
                writer.WriteEndObject();
                void Write(string name, bool? value)
                {
                    if (value is { } known)
                    {
                        writer.WriteBoolean(name, known);
                    }
                    else
                    {
                        writer.WriteNull(name);
                    }
                }
            });
            return ExitCode.Good;
        }

        Print(board.Entry.Name, identity is null ? "not asked: its relay is off" : $"{identity.Name} {identity.Version} {identity.Serial}".Trim());
        Print("relay", relay is { } level ? OnOff(level) : board.Entry.Power.Relay is null ? "none" : "there; it cannot be read");
        if (state is null)
        {
            Print("power", identity is null ? "off" : "the board has no board control");
            return ExitCode.Good;
        }

        Print("power", OnOff(state.IsPowered));
        Print("clock", OnOff(state.IsReferenceClockOn));
        Print("PERST#", state.IsPerstReleased ? "released" : "low: the device is in reset");
        Print("device", state.IsDevicePresent ? "present" : "none is plugged in");
        Print("fault", state.Fault == BoardEvent.None ? "none" : Words(state.Fault));
        Print("up for", string.Create(CultureInfo.InvariantCulture, $"{state.Uptime.TotalSeconds:0.0} s"));
        return ExitCode.Good;
    }

    /// <summary>An event in words.</summary>
    public static string Words(BoardEvent what) => what switch
    {
        BoardEvent.LostBehind => "the link behind the bridge was lost",
        BoardEvent.BackBehind => "the link behind the bridge is there again",
        BoardEvent.OutsideWindow => "a value left its window, rails off",
        BoardEvent.PowerGoodTimeout => "power-good did not come",
        BoardEvent.WatchdogBit => "the watchdog bit",
        BoardEvent.PresenceChanged => "the device went away or came",
        _ => string.Create(CultureInfo.InvariantCulture, $"code {(int)what}"),
    };

    private void Print(string name, string value) => _seat.Terminal.Out.WriteLine($"{name,-8} {value}");

    private static string OnOff(bool isOn) => isOn ? "on" : "off";
}
