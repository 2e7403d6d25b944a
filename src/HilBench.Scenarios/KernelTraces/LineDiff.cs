namespace HilBench.Scenarios.KernelTraces;

/// <summary>Two lists side by side: what only the first has begins with '-', what only the second has with '+'.</summary>
internal static class LineDiff
{
    private const int Context = 2;

    /// <summary>The longest common subsequence, with what lies between; far equal lines are left out.</summary>
    public static List<string> Of<T>(IReadOnlyList<T> left, IReadOnlyList<T> right, Func<T, T, bool> isSame)
    {
        var common = new int[left.Count + 1, right.Count + 1];
        for (var i = left.Count - 1; i >= 0; i--)
        {
            for (var j = right.Count - 1; j >= 0; j--)
            {
                common[i, j] = isSame(left[i], right[j])
                    ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<string>();
        for (int i = 0, j = 0; i < left.Count || j < right.Count;)
        {
            if (i < left.Count && j < right.Count && isSame(left[i], right[j]))
            {
                lines.Add($"  {left[i++]}");
                j++;
            }
            else if (j == right.Count || (i < left.Count && common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add($"- {left[i++]}");
            }
            else
            {
                lines.Add($"+ {right[j++]}");
            }
        }

        return Shortened(lines);
    }

    private static List<string> Shortened(List<string> lines)
    {
        var kept = new List<string>();
        var skipped = 0;
        for (var i = 0; i < lines.Count; i++)
        {
            var near = lines.Skip(Math.Max(0, i - Context)).Take(Math.Min(i, Context) + 1 + Context);
            if (near.Any(line => line[0] != ' '))
            {
                kept.AddRange(skipped > 0 ? [$"  ... {skipped} equal"] : []);
                kept.Add(lines[i]);
                skipped = 0;
            }
            else
            {
                skipped++;
            }
        }

        kept.AddRange(skipped > 0 && kept.Count > 0 ? [$"  ... {skipped} equal"] : []);
        return kept;
    }
}
