using System.Globalization;

namespace HilBench.Cli.Bringup;

/// <summary>Edits one line on a terminal: arrows, history, completion by Tab, and the usual control keys.</summary>
/// <param name="readKey">Waits for the next key.</param>
/// <param name="output">The terminal.</param>
/// <param name="width">Its columns.</param>
/// <param name="complete">What the last word of the text in front of the cursor may become.</param>
internal sealed class LineEditor(Func<ConsoleKeyInfo> readKey, TextWriter output, Func<int> width, Func<string, IReadOnlyList<string>> complete)
{
    private readonly List<string> _history = [];
    private string _text = "";
    private int _cursor;
    private int _historyAt;
    private string _typed = "";

    /// <summary>The lines that were entered, oldest first.</summary>
    public IReadOnlyList<string> History => _history;

    /// <summary>Adds a line to the history, unless it is empty or the same as the last one.</summary>
    public void Remember(string line)
    {
        if (line.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != line))
        {
            _history.Add(line);
        }
    }

    /// <summary>Reads a line.</summary>
    /// <returns>The line; null at the end of input (Ctrl-D on an empty line).</returns>
    public string? Read(string prompt)
    {
        (_text, _cursor, _historyAt, _typed) = ("", 0, _history.Count, "");
        while (true)
        {
            Draw(prompt);
            var key = readKey();
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    output.WriteLine();
                    Remember(_text);
                    return _text;
                case ConsoleKey.D when IsControl(key) && _text.Length == 0:
                    output.WriteLine();
                    return null;
                case ConsoleKey.C when IsControl(key):
                    output.WriteLine("^C");
                    (_text, _cursor) = ("", 0);
                    break;
                case ConsoleKey.Tab:
                    Complete();
                    break;
                default:
                    Edit(key);
                    break;
            }
        }
    }

    private void Edit(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor = Math.Max(0, _cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                _cursor = Math.Min(_text.Length, _cursor + 1);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when IsControl(key):
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when IsControl(key):
                _cursor = _text.Length;
                break;
            case ConsoleKey.UpArrow:
                Recall(_historyAt - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_historyAt + 1);
                break;
            case ConsoleKey.Backspace when _cursor > 0:
                Cut(_cursor - 1, _cursor);
                break;
            case ConsoleKey.Delete when _cursor < _text.Length:
            case ConsoleKey.D when IsControl(key) && _cursor < _text.Length:
                Cut(_cursor, _cursor + 1);
                break;
            case ConsoleKey.K when IsControl(key):
                Cut(_cursor, _text.Length);
                break;
            case ConsoleKey.U when IsControl(key):
                Cut(0, _cursor);
                break;
            case ConsoleKey.W when IsControl(key):
                Cut(_text[.._cursor].TrimEnd().LastIndexOf(' ') + 1, _cursor);
                break;
            case ConsoleKey.L when IsControl(key):
                output.Write("\u001b[H\u001b[2J");
                break;
            default:
                Insert(char.IsControl(key.KeyChar) ? "" : key.KeyChar.ToString());
                break;
        }
    }

    private static bool IsControl(ConsoleKeyInfo key) => key.Modifiers.HasFlag(ConsoleModifiers.Control);

    private void Insert(string text)
    {
        _text = _text.Insert(_cursor, text);
        _cursor += text.Length;
    }

    private void Cut(int start, int end)
    {
        _text = _text.Remove(start, end - start);
        _cursor = start;
    }

    private void Recall(int index)
    {
        if (index < 0 || index > _history.Count)
        {
            return;
        }

        _typed = _historyAt == _history.Count ? _text : _typed;
        _historyAt = index;
        _text = index == _history.Count ? _typed : _history[index];
        _cursor = _text.Length;
    }

    // One candidate is put in; of several, what they have in common; when that is nothing new, they are listed.
    private void Complete()
    {
        var front = _text[.._cursor];
        var candidates = complete(front);
        if (candidates.Count == 0)
        {
            return;
        }

        var typed = front.Length - (front.LastIndexOf(' ') + 1);
        var shared = candidates.Aggregate((a, b) => a[..SharedLength(a, b)]);
        if (candidates.Count > 1 && shared.Length <= typed)
        {
            output.WriteLine();
            output.WriteLine(string.Join("  ", candidates));
            return;
        }

        Cut(_cursor - typed, _cursor);
        Insert(shared + (candidates.Count == 1 && !shared.EndsWith('=') ? " " : ""));
    }

    private static int SharedLength(string a, string b) =>
        a.Zip(b).TakeWhile(pair => char.ToUpperInvariant(pair.First) == char.ToUpperInvariant(pair.Second)).Count();

    // A line that is longer than the terminal is shown around the cursor.
    private void Draw(string prompt)
    {
        var room = Math.Max(8, width() - prompt.Length - 1);
        var start = Math.Max(0, _cursor - room + 1);
        var shown = _text[start..Math.Min(_text.Length, start + room)];
        var back = shown.Length - (_cursor - start);
        output.Write($"\r\u001b[K{prompt}{shown}");
        if (back > 0)
        {
            output.Write(string.Create(CultureInfo.InvariantCulture, $"\u001b[{back}D"));
        }

        output.Flush();
    }
}
