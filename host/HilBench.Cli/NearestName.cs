namespace HilBench.Cli;

/// <summary>The name that a person probably meant.</summary>
internal static class NearestName
{
    /// <summary>The known name with the least edits, or null when none is near.</summary>
    public static string? Of(string typed, IEnumerable<string> known) => Ranked(typed, known, 1) is [var nearest] ? nearest : null;

    /// <summary>Up to <paramref name="most"/> near names, nearest first.</summary>
    public static IReadOnlyList<string> Ranked(string typed, IEnumerable<string> known, int most) =>
        [.. known
            .Select(name => (name, distance: Distance(typed, name)))
            .Where(pair => pair.distance <= Math.Max(2, pair.name.Length / 3) || IsPart(typed, pair.name))
            .OrderBy(pair => pair.distance)
            .ThenBy(pair => pair.name, StringComparer.Ordinal)
            .Take(most)
            .Select(pair => pair.name)];

    private static bool IsPart(string typed, string name)
    {
        var bare = typed.Trim('*', '?');
        return bare.Length >= 3 && name.Contains(bare, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Levenshtein's distance, without regard to case.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var isSame = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                var cost = Math.Min(diagonal + (isSame ? 0 : 1), Math.Min(row[j], row[j - 1]) + 1);
                diagonal = row[j];
                row[j] = cost;
            }
        }

        return row[right.Length];
    }
}
