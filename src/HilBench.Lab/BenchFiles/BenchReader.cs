using System.Text.RegularExpressions;
using HilBench.Links;

namespace HilBench.Lab.BenchFiles;

/// <summary>Reads bench files. Source: docs/bench-file.md.</summary>
internal static partial class BenchReader
{
    private const string Schema = "hilbench.bench/1";

    private static readonly (string Key, MeasurementUnit Unit, (string Name, decimal Factor)[] Units)[] _windows =
    [
        ("voltage", MeasurementUnit.Millivolt, [("mV", 1), ("V", 1000)]),
        ("current", MeasurementUnit.Milliampere, [("mA", 1), ("A", 1000)]),
        ("power", MeasurementUnit.Milliwatt, [("mW", 1), ("W", 1000)]),
        ("temperature", MeasurementUnit.MilliCelsius, [("mC", 1), ("C", 1000)]),
        ("count", MeasurementUnit.Count, [("", 1)]),
    ];

    public static IReadOnlyList<BoardEntry> Read(string file, string text)
    {
        var map = YamlMap.Load(file, text, "a bench file");
        if (map.Text("schema") != Schema)
        {
            throw map.ErrorAt("schema", $"'{map.Text("schema")}' is no schema that this bench reads", $"Write 'schema: {Schema}'.");
        }

        var list = map.Map("boards");
        var boards = new List<BoardEntry>();
        foreach (var name in list.Keys)
        {
            if (!NamePattern().IsMatch(name))
            {
                throw list.ErrorAtKey(name, $"'{name}' is no name of a board", "Names begin with a letter and hold letters, digits, - and _.");
            }

            list.Has(name);
            boards.Add(ReadBoard(name, list.Map(name)));
        }

        map.Close();
        return boards.Count > 0 ? boards : throw map.ErrorAt("boards", "there is no board", "See docs/bench-file.md for its form.");
    }

    private static BoardEntry ReadBoard(string name, YamlMap map)
    {
        var board = new BoardEntry(name, map.Text("about", ""), map.Text("carrier"))
        {
            Power = ReadPower(map),
            Perst = map.IsMap("perst") ? ReadSwitch(map.Map("perst"), "low") : ReadOwn(map, "perst"),
            Monitors = ReadMonitors(map),
            Interval = map.Time("every", TimeSpan.FromMilliseconds(500)),
            CyclesWhenHung = map.OneOf("when-hung", "stop", "stop", "power-cycle") == "power-cycle",
        };
        if (!CarrierUri.TryParse(board.Carrier, out _, out var error))
        {
            throw map.ErrorAt("carrier", error, "For example serial:/dev/ttyUSB0?baud=3000000.");
        }

        map.Close();
        return board;
    }

    private static PowerEntry ReadPower(YamlMap board)
    {
        if (!board.IsMap("power"))
        {
            ReadOwn(board, "power");
            return new PowerEntry();
        }

        var map = board.Map("power");
        var usual = new PowerEntry();
        var power = new PowerEntry
        {
            Relay = map.IsMap("relay") ? ReadSwitch(map.Map("relay"), "high") : ReadOwn(map, "relay"),
            Off = map.Time("off", usual.Off),
            Up = map.Time("up", usual.Up),
            Settle = map.Time("settle", usual.Settle),
        };
        map.Close();
        return power;
    }

    // "power: board": the board does it by itself.
    private static SwitchEntry? ReadOwn(YamlMap map, string key)
    {
        map.OneOf(key, "board", "board");
        return null;
    }

    private static SwitchEntry ReadSwitch(YamlMap map, string active)
    {
        if (map.Has("on") || map.Has("off"))
        {
            var commands = new CommandEntry(map.Text("on"), map.Text("off"));
            map.Close();
            return commands;
        }

        var line = new LineEntry(map.Text("chip"), map.Text("line"), map.OneOf("active", active, "high", "low") == "low");
        map.Close();
        return line;
    }

    private static List<MonitorEntry> ReadMonitors(YamlMap board)
    {
        var monitors = new List<MonitorEntry>();
        foreach (var map in board.Maps("monitors"))
        {
            var monitor = new MonitorEntry(map.Text("name"), ReadSource(map), ReadWindows(map));
            if (monitors.Any(other => other.Name == monitor.Name))
            {
                throw map.ErrorAt("name", $"there are two monitors named '{monitor.Name}'", "Give each a name of its own.");
            }

            map.Close();
            monitors.Add(monitor);
        }

        return monitors;
    }

    private static MonitorSource ReadSource(YamlMap map)
    {
        string[] kinds = ["ina219", "lm75", "hwmon", "telemetry"];
        var given = map.Keys.Where(key => kinds.Contains(key) && map.Has(key)).ToList();
        if (given.Count != 1)
        {
            throw map.ErrorAt(given.Count > 1 ? given[1] : "name", "a monitor has one source", $"Give one of {string.Join(", ", kinds)}.");
        }

        if (given[0] == "telemetry")
        {
            return new TelemetrySource((byte)map.Integer("telemetry", 0, byte.MaxValue));
        }

        if (given[0] == "hwmon")
        {
            return ReadHwmon(map);
        }

        var chip = map.Map(given[0]);
        MonitorSource source = given[0] == "lm75"
            ? new Lm75Source(chip.Text("bus"), chip.Integer("address", 0x48, 0x4F))
            : new Ina219Source(
                chip.Text("bus"), chip.Integer("address", 0x40, 0x4F), Shunt(chip));
        chip.Close();
        return source;
    }

    // Source: Linux, Documentation/hwmon/sysfs-interface.rst.
    private static HwmonSource ReadHwmon(YamlMap map)
    {
        (string Start, MeasurementUnit Unit, int Divisor)[] kinds =
        [
            ("in", MeasurementUnit.Millivolt, 1), ("curr", MeasurementUnit.Milliampere, 1), ("power", MeasurementUnit.Milliwatt, 1000),
            ("temp", MeasurementUnit.MilliCelsius, 1), ("fan", MeasurementUnit.Count, 1),
        ];
        var path = map.Text("hwmon");
        var name = path.Split('/')[^1];
        var (start, unit, divisor) = kinds.FirstOrDefault(kind => Regex.IsMatch(name, $"^{kind.Start}[0-9]+_(input|average)$"));
        return start is not null
            ? new HwmonSource(path, unit, divisor)
            : throw map.ErrorAt("hwmon", $"'{name}' is no measured attribute", "Names are such as in1_input, curr1_input, power1_input, temp1_input, fan1_input.");
    }

    private static int Shunt(YamlMap chip)
    {
        var shunt = chip.Amount("shunt", ("uOhm", 1), ("mOhm", 1000), ("Ohm", 1_000_000));
        return shunt > 0 ? shunt : throw chip.ErrorAt("shunt", "a shunt of 0 measures nothing", "Write 'shunt: 100mOhm', for example.");
    }

    private static List<Window> ReadWindows(YamlMap monitor)
    {
        var windows = new List<Window>();
        foreach (var (key, unit, units) in _windows)
        {
            if (!monitor.Has(key))
            {
                continue;
            }

            var map = monitor.Map(key);
            int? min = map.Has("min") ? map.Amount("min", units) : null;
            int? max = map.Has("max") ? map.Amount("max", units) : null;
            map.Close();
            if (min is null && max is null)
            {
                throw monitor.ErrorAt(key, "a window has a bound", "Give min, max or both.");
            }

            if (min > max)
            {
                throw map.ErrorAt("min", "nothing fits into this window", "The bound 'min' is the smaller one.");
            }

            windows.Add(new Window(unit, min, max));
        }

        return windows;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]*$")]
    private static partial Regex NamePattern();
}
