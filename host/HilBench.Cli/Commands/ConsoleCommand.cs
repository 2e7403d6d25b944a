using System.CommandLine;
using HilBench.Cli.Boards;
using HilBench.Cli.Bringup;
using HilBench.Cli.Output;
using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench console</c>: bring-up by hand, or by a script.</summary>
internal sealed class ConsoleCommand : BenchCommand
{
    private const int HistoryLines = 500;
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly BoardArguments _boards = new();
    private readonly Option<string> _device = new("--device")
    {
        Description = BoardArguments.DeviceForms,
        HelpName = "URI",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("HILBENCH_DEVICE") is { Length: > 0 } uri ? uri : "rtl:",
    };

    private readonly Option<string?> _script = new("--script") { Description = "Carry out the lines of a file; the first error ends it.", HelpName = "FILE" };

    public ConsoleCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "console",
            "Talks to a device by hand: configuration space, BAR, raw TLPs, exerciser.",
            "hilbench console --device model:",
            "hilbench console --device serial:/dev/ttyUSB0?baud=3000000 --script bringup.txt",
            "echo 'expect 0x41541234 cfg id' | hilbench console --device rtl:")
    {
        (_terminal, _cancel) = (terminal, cancel);
        Add(_device);
        _boards.AddTo(this);
        Add(_script);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var target = _boards.Resolve(parse, parse.GetRequiredValue(_device));
        var script = parse.GetValue(_script);
        var isTyped = script is null && !Console.IsInputRedirected && _terminal.IsOutTerminal;
        using var seat = target.Take("console");
        using var device = Open(target.Uri);
        var session = new ConsoleSession(device, _terminal.Out, TimeProvider.System, () => _cancel.IsCancellationRequested || (isTyped && IsKeyPressed()));
        try
        {
            if (isTyped)
            {
                Talk(session, target.Name, device.Description.Name);
            }
            else
            {
                ConsoleScript.Run(session, script ?? "stdin", script is null ? Piped() : Lines(script));
            }
        }
        catch (ScriptFailure failure)
        {
            _terminal.Complain(failure.Message);
            return ExitCode.Wrong;
        }
        catch (DeviceException e)
        {
            throw new BenchException(BenchLayer.Device, e.What, e.Advice, e);
        }

        return _cancel.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Good;
    }

    // Takes the key away: it ended a watch, and is no beginning of the next line.
    private static bool IsKeyPressed()
    {
        var isPressed = Console.KeyAvailable;
        _ = isPressed ? Console.ReadKey(intercept: true) : default;
        return isPressed;
    }

    private static IDevice Open(DeviceUri uri)
    {
        try
        {
            return DeviceFactory.Open(uri, BuiltFolders.Devices);
        }
        catch (DeviceOpenException e)
        {
            throw new BenchException(BenchLayer.Device, e.What, e.Advice, e);
        }
    }

    private void Talk(ConsoleSession session, string name, string device)
    {
        var editor = new LineEditor(() => Console.ReadKey(intercept: true), _terminal.Out, () => Console.WindowWidth, session.Complete);
        foreach (var line in ReadHistory())
        {
            editor.Remember(line);
        }

        _terminal.Out.WriteLine($"{device} at {name}. 'help' says what there is, Tab completes, 'quit' or Ctrl-D ends.");
        Console.TreatControlCAsInput = true;
        try
        {
            while (!session.IsOver && !_cancel.IsCancellationRequested && editor.Read("hilbench> ") is { } line)
            {
                Try(session, line);
            }
        }
        finally
        {
            Console.TreatControlCAsInput = false;
            WriteHistory(editor.History);
        }
    }

    private void Try(ConsoleSession session, string line)
    {
        try
        {
            session.Execute(line);
        }
        catch (Exception wrong) when (wrong is ConsoleFault or InputException or ScriptFailure or BenchException)
        {
            _terminal.Out.WriteLine(_terminal.HasColour ? $"\u001b[31m{wrong.Message}\u001b[0m" : wrong.Message);
        }
    }

    private static IEnumerable<string> Piped()
    {
        while (Console.In.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, 0, 0, $"cannot be read ({e.Message})", "Name a text file.");
        }
    }

    private static string HistoryFile()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "hilbench", "console-history");
    }

    private static string[] ReadHistory()
    {
        try
        {
            return File.Exists(HistoryFile()) ? File.ReadAllLines(HistoryFile()) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static void WriteHistory(IReadOnlyList<string> lines)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(HistoryFile())!);
            File.WriteAllLines(HistoryFile(), lines.TakeLast(HistoryLines));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A console without a memory is a console all the same.
        }
    }
}
