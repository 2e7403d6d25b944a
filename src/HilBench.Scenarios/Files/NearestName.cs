namespace HilBench.Scenarios;

/// <summary>Finds what a person may have meant.</summary>
internal static class NearestName
{
    /// <summary>A sentence that names the nearest known name, or all of them when none is near.</summary>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        var names = known.ToList();
        var nearest = names.MinBy(candidate => Distance(name, candidate));
        return nearest is not null && IsNear(name, nearest)
            ? $"Did you mean '{nearest}'?"
            : $"Known here: {string.Join(", ", names)}.";
    }

    /// <summary>Whether one may be a misspelling of the other.</summary>
    public static bool IsNear(string name, string other) => Distance(name, other) <= Math.Max(2, name.Length / 3);

    // Edits that turn one into the other (Levenshtein), over one row of the table.
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
