namespace HilBench.Scenarios.KernelTraces;

/// <summary>
/// NUMA balancing looks at the same mapping again and again: how often is a matter of time. A pass that found nothing to
/// change is counted once.
/// </summary>
internal static class RepeatedPasses
{
    /// <summary>The callbacks without immediate repetitions of one range, from start to end.</summary>
    public static List<TraceCallback> Once(IReadOnlyList<TraceCallback> calls)
    {
        var once = new List<TraceCallback>();
        for (var i = 0; i < calls.Count;)
        {
            var length = LengthOf(calls, i);
            var pass = calls.Skip(i).Take(length).ToList();
            if (length < 2 || once.Count < length || !once.TakeLast(length).Zip(pass).All(IsSame))
            {
                once.AddRange(pass);
            }

            i += length;
        }

        return once;
    }

    private static bool IsSame((TraceCallback First, TraceCallback Second) pair) =>
        (pair.First with { Vma = null }) == (pair.Second with { Vma = null })
        && (pair.First.Vma ?? []).SequenceEqual(pair.Second.Vma ?? []);

    /// <summary>A range from its start to its end; anything else stands for itself.</summary>
    private static int LengthOf(IReadOnlyList<TraceCallback> calls, int start)
    {
        const string opens = "invalidate_range_start", closes = "invalidate_range_end";
        for (var i = start; calls[start].Op == opens && i < calls.Count && i < start + 3; i++)
        {
            if (calls[i].Op == closes)
            {
                return i - start + 1;
            }
        }

        return 1;
    }
}
