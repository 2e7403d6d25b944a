namespace HilBench.Notifiers;

/// <summary>
/// The interval notifiers of one mm by address: a balanced tree in which every node knows the highest end below it. Adding,
/// removing and the way to the first overlap take O(log n), each further overlap O(log n) at worst and O(1) on average.
/// </summary>
/// <remarks>Models <c>lib/interval_tree.c</c>: overlaps come in the order of their starts, equal ones as inserted.</remarks>
internal sealed class IntervalTree
{
    private IntervalSubscription? _root;

    /// <summary>Intervals in the tree.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an interval behind those with the same start.</summary>
    public void Add(IntervalSubscription interval)
    {
        (interval.Left, interval.Right) = (null, null);
        Update(interval);
        _root = Add(_root, interval);
        Count++;
    }

    /// <summary>Removes an interval that is in the tree.</summary>
    public void Remove(IntervalSubscription interval)
    {
        _root = Remove(_root, interval);
        Count--;
    }

    /// <summary>Whether any interval overlaps the range.</summary>
    public bool HasOverlap(in NotifierRange range)
    {
        var node = _root;
        while (node is not null)
        {
            if (range.Overlaps(node.Range))
            {
                return true;
            }

            node = node.Left is { } left && left.HighestEnd > range.Start.Value ? left : node.Right;
        }

        return false;
    }

    /// <summary>Appends every interval that overlaps the range to <paramref name="found"/>, by start.</summary>
    public void FindOverlaps(in NotifierRange range, List<IntervalSubscription> found) => FindOverlaps(_root, range, found);

    private static void FindOverlaps(IntervalSubscription? node, in NotifierRange range, List<IntervalSubscription> found)
    {
        while (node is not null && node.HighestEnd > range.Start.Value)
        {
            FindOverlaps(node.Left, range, found);
            if (node.Range.Start >= range.End)
            {
                return;
            }

            if (range.Overlaps(node.Range))
            {
                found.Add(node);
            }

            node = node.Right;
        }
    }

    private static IntervalSubscription Add(IntervalSubscription? node, IntervalSubscription interval)
    {
        if (node is null)
        {
            return interval;
        }

        if (IsBefore(interval, node))
        {
            node.Left = Add(node.Left, interval);
        }
        else
        {
            node.Right = Add(node.Right, interval);
        }

        return Balanced(node);
    }

    private static IntervalSubscription? Remove(IntervalSubscription? node, IntervalSubscription interval)
    {
        if (node is null)
        {
            throw new ArgumentException("the interval is not in the tree", nameof(interval));
        }

        if (node == interval)
        {
            if (node.Left is null || node.Right is null)
            {
                return node.Left ?? node.Right;
            }

            var next = node.Right;
            while (next.Left is not null)
            {
                next = next.Left;
            }

            var right = Remove(node.Right, next);
            (next.Left, next.Right) = (node.Left, right);
            return Balanced(next);
        }

        if (IsBefore(interval, node))
        {
            node.Left = Remove(node.Left, interval);
        }
        else
        {
            node.Right = Remove(node.Right, interval);
        }

        return Balanced(node);
    }

    private static bool IsBefore(IntervalSubscription left, IntervalSubscription right) =>
        left.Range.Start < right.Range.Start || (left.Range.Start == right.Range.Start && left.Index < right.Index);

    private static IntervalSubscription Balanced(IntervalSubscription node)
    {
        Update(node);
        var lean = HeightOf(node.Left) - HeightOf(node.Right);
        if (lean > 1)
        {
            if (HeightOf(node.Left!.Left) < HeightOf(node.Left.Right))
            {
                node.Left = RotatedLeft(node.Left);
            }

            return RotatedRight(node);
        }

        if (lean < -1)
        {
            if (HeightOf(node.Right!.Right) < HeightOf(node.Right.Left))
            {
                node.Right = RotatedRight(node.Right);
            }

            return RotatedLeft(node);
        }

        return node;
    }

    private static IntervalSubscription RotatedLeft(IntervalSubscription node)
    {
        var top = node.Right!;
        (node.Right, top.Left) = (top.Left, node);
        Update(node);
        Update(top);
        return top;
    }

    private static IntervalSubscription RotatedRight(IntervalSubscription node)
    {
        var top = node.Left!;
        (node.Left, top.Right) = (top.Right, node);
        Update(node);
        Update(top);
        return top;
    }

    private static void Update(IntervalSubscription node)
    {
        node.Height = 1 + Math.Max(HeightOf(node.Left), HeightOf(node.Right));
        node.HighestEnd = Math.Max(node.Range.End.Value, Math.Max(node.Left?.HighestEnd ?? 0, node.Right?.HighestEnd ?? 0));
    }

    private static int HeightOf(IntervalSubscription? node) => node?.Height ?? 0;
}
