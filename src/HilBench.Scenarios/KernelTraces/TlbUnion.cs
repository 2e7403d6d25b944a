namespace HilBench.Scenarios.KernelTraces;

/// <summary>
/// TLB callbacks between two other callbacks, put together to their union: where a zap is cut into flushes depends on
/// when the kernel wants to reschedule and when a batch is full.
/// </summary>
internal static class TlbUnion
{
    /// <summary>The same callbacks, with the union of those that may be cut elsewhere.</summary>
    public static List<TraceCallback> Of(IReadOnlyList<TraceCallback> calls)
    {
        var joined = new List<TraceCallback>();
        for (var i = 0; i < calls.Count;)
        {
            var group = calls.Skip(i).TakeWhile(call => IsPart(call, calls[i])).ToList();
            joined.AddRange(group.Count > 1 ? Union(group) : [calls[i]]);
            i += Math.Max(group.Count, 1);
        }

        return joined;
    }

    private static bool IsPart(TraceCallback call, TraceCallback first) =>
        call.IsTlb && !call.Implied && call.Op == first.Op && call.Mm == first.Mm
        && Bound(call.Start) is not null && Bound(call.End) is not null;

    private static List<TraceCallback> Union(List<TraceCallback> group)
    {
        var union = new List<TraceCallback>();
        foreach (var call in group.OrderBy(call => Bound(call.Start)))
        {
            if (union.Count > 0 && Bound(call.Start) <= Bound(union[^1].End))
            {
                var end = Bound(call.End) > Bound(union[^1].End) ? call.End : union[^1].End;
                union[^1] = union[^1] with { End = end, Atomic = union[^1].Atomic && call.Atomic };
            }
            else
            {
                union.Add(call);
            }
        }

        return union;
    }

    /// <summary>Null for what lies outside the region: there is no more known of it.</summary>
    private static UInt128? Bound(string? place) => place switch
    {
        "min" => 0,
        "max" => UInt128.MaxValue,
        _ => TraceNumber.TryRead(place, out var number) ? (UInt128)number + 1 : null,
    };
}
