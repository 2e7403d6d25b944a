namespace HilBench.Journal;

/// <summary>Finds what a person may have meant.</summary>
public static class NearestName
{
    private const int NamesListed = 12;

    /// <summary>The known name with the fewest edits, of equals the one that begins most alike; null when none is near.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        var nearest = known.OrderBy(candidate => Distance(name, candidate)).ThenByDescending(candidate => CommonStart(name, candidate)).FirstOrDefault();
        return nearest is not null && IsNear(name, nearest) ? nearest : null;
    }

    /// <summary>A sentence that names the nearest known name, or those that hold it, or the first of all.</summary>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        var names = known.ToList();
        if (Of(name, names) is { } nearest)
        {
            return $"Did you mean '{nearest}'?";
        }

        var bare = name.Trim('*', '?');
        var holding = names.Where(candidate => bare.Length > 2 && candidate.Contains(bare, StringComparison.OrdinalIgnoreCase)).ToList();
        var listed = (holding.Count > 0 ? holding : names).Take(NamesListed).ToList();
        var more = names.Count > listed.Count ? ", ..." : ".";
        return $"Known here: {string.Join(", ", listed)}{more}";
    }

    /// <summary>Whether one may be a misspelling of the other.</summary>
    public static bool IsNear(string name, string other) => Distance(name, other) <= Math.Max(2, name.Length / 3);

    private static int CommonStart(string a, string b) =>
        a.Zip(b).TakeWhile(pair => char.ToUpperInvariant(pair.First) == char.ToUpperInvariant(pair.Second)).Count();

    // Edits that turn one into the other (Levenshtein) without regard to case, over one row of the table.
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
                var isSame = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (isSame ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
