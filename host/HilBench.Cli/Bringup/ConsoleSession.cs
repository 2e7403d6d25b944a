using System.Globalization;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Cli.Bringup;

/// <summary>The console's commands on an open device.</summary>
internal sealed partial class ConsoleSession
{
    private static readonly Dictionary<string, int> _configurationNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["id"] = ConfigurationRegister.VendorDevice,
        ["command"] = ConfigurationRegister.CommandStatus,
        ["class"] = ConfigurationRegister.RevisionClass,
        ["header"] = ConfigurationRegister.HeaderType,
        ["bar0"] = ConfigurationRegister.Bar0,
    };

    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly DeviceProbe _probe;
    private readonly IdentityHost _identity;
    private readonly Func<bool> _isStopped;
    private readonly string _described;
    private bool _answers = true;
    private int _depth;
    private ulong _completions;

    /// <summary>Makes a session; the device is not touched.</summary>
    /// <param name="device">Not owned.</param>
    /// <param name="output">Where it prints.</param>
    /// <param name="time">The clock of watch.</param>
    /// <param name="isStopped">Asked between two rounds of watch: whether somebody wants it to end.</param>
    public ConsoleSession(IDevice device, TextWriter output, TimeProvider time, Func<bool> isStopped)
    {
        (_output, _time, _isStopped) = (output, time, isStopped);
        _described = $"{device.Description.Name} {device.Description.Version}";
        _probe = new DeviceProbe(device) { Listener = Hear };
        _identity = new IdentityHost(_probe);
        Verbs = [.. DeviceVerbs(), .. SessionVerbs()];
    }

    /// <summary>All commands.</summary>
    public IReadOnlyList<ConsoleVerb> Verbs { get; }

    /// <summary>Whether somebody said quit.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Carries one line out.</summary>
    /// <exception cref="ConsoleFault">The line is wrong, or an expectation does not hold.</exception>
    /// <exception cref="BenchException">The device or the way to it failed.</exception>
    public void Execute(string line) => Execute(new ConsoleWords(line));

    /// <summary>What the last word of a line may become.</summary>
    public IReadOnlyList<string> Complete(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isNew = line.Length == 0 || line.EndsWith(' ');
        var prefix = isNew ? "" : words[^1];
        var before = isNew ? words : words[..^1];
        while (before.Length > 0 && before[0] is "watch" or "expect" or "help")
        {
            var skip = before[0] == "help" ? 1 : 2;
            before = before.Length >= skip ? before[skip..] : [];
        }

        var known = before.Length == 0
            ? Verbs.Select(verb => verb.Name)
            : Verbs.FirstOrDefault(verb => verb.Name == before[0])?.Words ?? [];
        return [.. known.Where(word => word.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.OrdinalIgnoreCase)];
    }

    private ulong? Execute(ConsoleWords words)
    {
        if (words.IsEmpty)
        {
            return null;
        }

        var name = words.Take("a command");
        var verb = Verbs.FirstOrDefault(known => known.Name == name)
            ?? throw words.Back($"there is no command '{name}'", NearestName.Suggest(name, Verbs.Select(known => known.Name)));
        var found = verb.Run(words);
        words.Close();
        return found;
    }

    private IEnumerable<ConsoleVerb> SessionVerbs() =>
    [
        new("help", "[COMMAND]", "Says what there is.", [.. DeviceVerbs().Select(verb => verb.Name)], Help),
        new("expect", "VALUE COMMAND...", "Fails unless the command finds this value; for scripts.", [], Expect),
        new("watch", "TIMES COMMAND...", "Repeats a command each 0.5 s and prints what changed; 0: until a key is pressed.", [], Watch),
        new("script", "FILE", "Carries out the lines of a file.", [], words => Script(words.Take("a file"), words)),
        new("quit", "", "Ends the console.", [], _ =>
        {
            IsOver = true;
            return null;
        }),
    ];

    private ulong? Help(ConsoleWords words)
    {
        var wanted = words.Peek();
        var shown = Verbs.Where(verb => wanted is null || verb.Name == wanted).ToList();
        if (shown.Count == 0)
        {
            throw words.Error($"there is no command '{wanted}'", NearestName.Suggest(wanted!, Verbs.Select(verb => verb.Name)));
        }

        _ = words.Rest();
        var width = shown.Max(verb => $"{verb.Name} {verb.Usage}".Length);
        foreach (var verb in shown)
        {
            _output.WriteLine($"  {$"{verb.Name} {verb.Usage}".PadRight(width)}  {verb.Summary}");
        }

        return null;
    }

    private ulong? Expect(ConsoleWords words)
    {
        var column = words.Column;
        var expected = words.Number("value");
        var line = words.Column;
        if (words.IsEmpty)
        {
            throw words.Error("a command is missing", "For example: expect 0x4248494c read ID");
        }

        var found = Execute(words) ?? throw new ConsoleFault(line, "this command finds no value", "cfg, read, slot and invalidate find one.");
        return found == expected
            ? found
            : throw new ConsoleFault(column, $"expected 0x{expected:x}, found 0x{found:x}", "") { IsExpectation = true };
    }

    private ulong? Watch(ConsoleWords words)
    {
        var times = words.Number("number of times");
        if (words.IsEmpty)
        {
            throw words.Error("a command is missing", "For example: watch 0 read ATC_HITS");
        }

        var line = words.Rest();
        ulong? last = null;
        for (var i = 0UL; times == 0 || i < times; i++)
        {
            var found = Execute(new ConsoleWords(line));
            if (i > 0 && found is { } now && last is { } before && now != before)
            {
                _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  changed by {(long)(now - before):+#;-#}"));
            }

            last = found;
            if (i + 1 != times && IsStoppedInPause())
            {
                break;
            }
        }

        return last;
    }

    private bool IsStoppedInPause()
    {
        var started = _time.GetTimestamp();
        while (_time.GetElapsedTime(started) < TimeSpan.FromMilliseconds(500))
        {
            if (_isStopped())
            {
                return true;
            }

            Thread.Sleep(20);
        }

        return false;
    }

    private ulong? Script(string file, ConsoleWords words)
    {
        const int DeepestScript = 8;
        if (++_depth > DeepestScript)
        {
            throw words.Back("scripts call scripts without end", "");
        }

        try
        {
            ConsoleScript.Run(this, file, File.ReadLines(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw words.Back($"'{file}' cannot be read: {e.Message}", "");
        }
        finally
        {
            _depth--;
        }

        return null;
    }

    private void Hear(ReadOnlySpan<byte> tlp, ulong cycle)
    {
        _output.WriteLine($"  < cycle {cycle}: {TlpText.Line(tlp)}");
        _completions += TlpView.TryRead(tlp, out var view, out _) && view.Kind == TlpKind.InvalidateCompletion ? 1UL : 0;
        if (_answers && _identity.Answer(tlp) is { } done)
        {
            _output.WriteLine($"    {done}");
        }
    }
}
