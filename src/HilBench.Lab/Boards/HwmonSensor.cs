using System.Globalization;
using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab;

/// <summary>Reads an attribute of the kernel's hardware monitoring.</summary>
internal sealed class HwmonSensor : IGearSensor
{
    private readonly HwmonSource _source;
    private readonly string _path;

    public HwmonSensor(HwmonSource source) => (_source, _path) = (source, Find(source.Path));

    /// <inheritdoc/>
    public IReadOnlyList<(MeasurementUnit Unit, int Value)> Measure()
    {
        try
        {
            return long.TryParse(File.ReadAllText(_path), NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value)
                && value / _source.Divisor is >= int.MinValue and <= int.MaxValue
                ? [(_source.Unit, (int)(value / _source.Divisor))]
                : throw new BenchException(BenchLayer.Board, $"{_path} holds no number", "Name an attribute of hwmon.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException(BenchLayer.Board, $"{_path} cannot be read: {e.Message}", "Is the sensor there, and its driver loaded?", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    // The kernel numbers its monitors anew at each start: a * finds the one that is meant.
    private static string Find(string pattern)
    {
        var found = new List<string> { "/" };
        foreach (var part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            found = part.Contains('*', StringComparison.Ordinal)
                ? [.. found.Where(Directory.Exists).SelectMany(folder => Directory.GetFileSystemEntries(folder, part)).Order(StringComparer.Ordinal)]
                : [.. found.Select(folder => Path.Combine(folder, part)).Where(Path.Exists)];
        }

        return found.Count == 1
            ? found[0]
            : throw new BenchException(
                BenchLayer.Host, found.Count == 0 ? $"there is no {pattern}" : $"{pattern} fits {found.Count} files", "Name one attribute of hwmon in the bench file.");
    }
}
