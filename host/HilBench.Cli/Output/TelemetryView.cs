using System.Globalization;
using System.Text;
using HilBench.Lab;
using HilBench.Links;

namespace HilBench.Cli.Output;

/// <summary>A table of measured values that stays in its place on a terminal: value, window, range so far, and the last minute as a line.</summary>
internal sealed class TelemetryView : IDisposable
{
    private const int Kept = 60;
    private const string Bars = "▁▂▃▄▅▆▇█";
    private const string Red = "\u001b[31m";
    private const string Green = "\u001b[32m";
    private const string Faint = "\u001b[2m";
    private const string Plain = "\u001b[0m";
    private readonly Terminal _terminal;
    private readonly BoardEntry _entry;
    private readonly Dictionary<(string, MeasurementUnit), Row> _rows = [];
    private int _drawn;

    public TelemetryView(Terminal terminal, BoardEntry entry)
    {
        (_terminal, _entry) = (terminal, entry);
        terminal.Out.Write("\u001b[?25l"); // no cursor
    }

    /// <summary>Draws a round of values over the last one.</summary>
    public void Show(IReadOnlyList<Reading> readings, TimeSpan time)
    {
        foreach (var reading in readings)
        {
            var key = (reading.Monitor, reading.Unit);
            if (!_rows.TryGetValue(key, out var row))
            {
                _rows[key] = row = new Row(WindowOf(reading));
            }

            row.Add(reading);
        }

        var text = new StringBuilder();
        if (_drawn > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\u001b[{_drawn}A");
        }

        var lines = Lines(time);
        foreach (var line in lines)
        {
            text.Append('\r').Append(line).Append("\u001b[K\n");
        }

        _drawn = lines.Count;
        _terminal.Out.Write(text);
    }

    /// <summary>Gives the cursor back.</summary>
    public void Dispose() => _terminal.Out.Write("\u001b[?25h");

    private List<string> Lines(TimeSpan time)
    {
        var names = Math.Max(7, _rows.Keys.Select(key => key.Item1.Length).DefaultIfEmpty().Max());
        var windows = Math.Max(6, _rows.Values.Select(row => row.Window.Length).DefaultIfEmpty().Max());
        var room = Math.Clamp(Console.WindowWidth - names - windows - 46, 0, Kept);
        var lines = new List<string>
        {
            $"{_entry.Name}{(_entry.About.Length > 0 ? $", {_entry.About}" : "")}   {time:hh\\:mm\\:ss}   Ctrl-C ends",
            Paint(Faint, $"  {"monitor".PadRight(names)}  {"value",11}  {"window".PadRight(windows)}  {"least",11}  {"most",11}"),
        };
        foreach (var ((name, unit), row) in _rows)
        {
            var mark = row.IsOutside ? Paint(Red, "!") : row.Window.Length > 0 ? Paint(Green, "·") : " ";
            var value = $"{Reading.Write(unit, row.Last),11}";
            lines.Add(
                $"{mark} {name.PadRight(names)}  {(row.IsOutside ? Paint(Red, value) : value)}  {row.Window.PadRight(windows)}  "
                + $"{Reading.Write(unit, row.Least),11}  {Reading.Write(unit, row.Most),11}  {row.Line(room)}");
        }

        return lines;
    }

    private string WindowOf(Reading reading) =>
        _entry.Monitors.FirstOrDefault(monitor => monitor.Name == reading.Monitor)?.Windows
            .FirstOrDefault(window => window.Unit == reading.Unit)?.ToString() ?? "";

    private string Paint(string colour, string text) => _terminal.HasColour ? colour + text + Plain : text;

    private sealed class Row(string window)
    {
        private readonly Queue<int> _values = new();

        public string Window => window;

        public int Last { get; private set; }

        public int Least { get; private set; } = int.MaxValue;

        public int Most { get; private set; } = int.MinValue;

        public bool IsOutside { get; private set; }

        public void Add(Reading reading)
        {
            (Last, IsOutside) = (reading.Value, reading.Left is not null);
            (Least, Most) = (Math.Min(Least, Last), Math.Max(Most, Last));
            _values.Enqueue(Last);
            if (_values.Count > Kept)
            {
                _values.Dequeue();
            }
        }

        // From the least to the most so far; all the same is a line in the middle.
        public string Line(int room)
        {
            var span = (double)Most - Least;
            return string.Concat(_values.TakeLast(room).Select(value =>
                Bars[span == 0 ? Bars.Length / 2 : (int)Math.Round((value - Least) / span * (Bars.Length - 1))]));
        }
    }
}
