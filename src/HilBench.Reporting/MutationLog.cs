using System.Text.Json;
using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Reporting;

/// <summary>
/// A mutation run's log as a file: one JSON object a line, first the device without a fault, then each fault's result as
/// soon as it is known. A last line that was cut off by an interruption is as if it were not there.
/// </summary>
public sealed class MutationLog : IMutationLog
{
    private readonly string _path;
    private readonly Dictionary<string, FaultResult> _results = new(StringComparer.Ordinal);

    /// <summary>Reads what is in the file; none is an empty log.</summary>
    /// <param name="path">The file; it is made with the first line.</param>
    /// <exception cref="InputException">A line but the last is no result.</exception>
    /// <exception cref="BenchException">The file cannot be read or written.</exception>
    public MutationLog(string path)
    {
        _path = path;
        if (!File.Exists(path))
        {
            WholeFile.Prepare(path);
            return;
        }

        var text = WholeFile.Read(path);
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        var lines = whole.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < lines.Length; i++)
        {
            Take(lines[i], i + 1);
        }

        if (whole.Length < text.Length)
        {
            WholeFile.Write(path, System.Text.Encoding.UTF8.GetBytes(whole));
        }
    }

    /// <inheritdoc/>
    public CleanDevice? Clean { get; private set; }

    /// <inheritdoc/>
    public FaultResult? Find(string fault) => _results.GetValueOrDefault(fault);

    /// <inheritdoc/>
    public void Add(CleanDevice clean)
    {
        Clean = clean;
        WholeFile.Append(_path, JsonSerializer.Serialize(new Line(clean, Fault: null)) + "\n");
    }

    /// <inheritdoc/>
    public void Add(FaultResult result)
    {
        _results[result.Fault] = result;
        WholeFile.Append(_path, JsonSerializer.Serialize(new Line(Clean: null, result)) + "\n");
    }

    private void Take(string text, int number)
    {
        try
        {
            var line = JsonSerializer.Deserialize<Line>(text);
            if (line?.Fault is { Fault: not null, Rules: not null, ExpectedRules: not null } fault)
            {
                _results[fault.Fault] = fault;
                return;
            }

            if (line?.Clean is { Run: not null, Profile: not null, Rules: not null } clean)
            {
                Clean = clean;
                return;
            }
        }
        catch (JsonException)
        {
        }

        throw new InputException(_path, number, 1, "this is no line of a mutation run's log", "Name a file that mutate --resume wrote, or a new one.");
    }

    private sealed record Line(CleanDevice? Clean, FaultResult? Fault);
}
