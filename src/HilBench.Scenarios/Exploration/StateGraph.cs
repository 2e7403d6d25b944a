using System.Runtime.InteropServices;

namespace HilBench.Scenarios;

/// <summary>The states that an exploration has seen, and how they follow each other.</summary>
internal sealed class StateGraph
{
    private const int NotEnded = -1;
    private readonly Dictionary<UInt128, int> _byHash = [];
    private readonly List<Node> _nodes = [];
    private readonly List<Edge> _edges = [];

    /// <summary>States.</summary>
    public int Count => _nodes.Count;

    /// <summary>Steps between them.</summary>
    public IReadOnlyList<Edge> Edges => _edges;

    /// <summary>The state with this hash; makes it when it is new.</summary>
    /// <param name="hash">The state.</param>
    /// <param name="isMerged">Whether states with the same hash are one.</param>
    /// <param name="isNew">Whether it was made.</param>
    public int Find(UInt128 hash, bool isMerged, out bool isNew)
    {
        if (!isMerged)
        {
            isNew = true;
            _nodes.Add(new Node { Outcome = NotEnded });
            return _nodes.Count - 1;
        }

        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_byHash, hash, out var isKnown);
        isNew = !isKnown;
        if (isNew)
        {
            place = _nodes.Count;
            _nodes.Add(new Node { Outcome = NotEnded, Hash = hash });
        }

        return place;
    }

    /// <summary>What is left out at a state, as a mask of <see cref="MoveSet"/>.</summary>
    public ref ulong AsleepAt(int state) => ref CollectionsMarshal.AsSpan(_nodes)[state].Asleep;

    /// <summary>Enters a step.</summary>
    public void Add(in Edge edge) => _edges.Add(edge);

    /// <summary>A run ends in this state.</summary>
    public void SetOutcome(int state, int outcome) => CollectionsMarshal.AsSpan(_nodes)[state].Outcome = outcome;

    /// <summary>The outcome of a state; -1: runs go on from there.</summary>
    public int OutcomeAt(int state) => _nodes[state].Outcome;

    /// <summary>The hash of a state; 0 when states are not merged.</summary>
    public UInt128 HashAt(int state) => _nodes[state].Hash;

    /// <summary>Writes all.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(_nodes.Count);
        foreach (var node in _nodes)
        {
            writer.Write((ulong)(node.Hash >> 64));
            writer.Write((ulong)node.Hash);
            writer.Write(node.Asleep);
            writer.Write(node.Outcome);
        }

        writer.Write(_edges.Count);
        foreach (var edge in _edges)
        {
            writer.Write(edge.From);
            writer.Write(edge.To);
            writer.Write(MoveSet.CodeOf(edge.Move));
            writer.Write(edge.Length);
        }
    }

    /// <summary>Reads what was written.</summary>
    public static StateGraph Read(BinaryReader reader)
    {
        var graph = new StateGraph();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var node = new Node { Hash = new UInt128(reader.ReadUInt64(), reader.ReadUInt64()), Asleep = reader.ReadUInt64(), Outcome = reader.ReadInt32() };
            graph._byHash[node.Hash] = graph._nodes.Count;
            graph._nodes.Add(node);
        }

        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            graph._edges.Add(new Edge(reader.ReadInt32(), reader.ReadInt32(), MoveSet.MoveOf(reader.ReadUInt16()), reader.ReadUInt16()));
        }

        return graph;
    }

    /// <summary>For each state the index of the edge on a shortest way to it, counted in choices; -1 for those not reached.</summary>
    public int[] ShortestWays()
    {
        var way = new int[_nodes.Count];
        Array.Fill(way, -1);
        var (starts, order) = EdgesByState();
        var isSeen = new bool[_nodes.Count];
        var queue = new Queue<int>();
        queue.Enqueue(0);
        isSeen[0] = _nodes.Count > 0;
        while (_nodes.Count > 0 && queue.TryDequeue(out var state))
        {
            for (var i = starts[state]; i < starts[state + 1]; i++)
            {
                var edge = order[i];
                var to = _edges[edge].To;
                if (!isSeen[to])
                {
                    isSeen[to] = true;
                    way[to] = edge;
                    queue.Enqueue(to);
                }
            }
        }

        return way;
    }

    /// <summary>
    /// For each state how many ways lead from the start to it; infinite beyond what a double holds. Steps that lead back are not
    /// followed.
    /// </summary>
    public double[] CountWays()
    {
        var ways = new double[_nodes.Count];
        var (starts, order) = EdgesByState();
        var mark = new byte[_nodes.Count];
        var finished = new List<int>(_nodes.Count);
        var stack = new Stack<(int State, int Next)>();
        if (_nodes.Count == 0)
        {
            return ways;
        }

        stack.Push((0, starts[0]));
        mark[0] = 1;
        while (stack.TryPop(out var top))
        {
            if (top.Next == starts[top.State + 1])
            {
                mark[top.State] = 2;
                finished.Add(top.State);
                continue;
            }

            stack.Push((top.State, top.Next + 1));
            var to = _edges[order[top.Next]].To;
            if (mark[to] == 0)
            {
                mark[to] = 1;
                stack.Push((to, starts[to]));
            }
        }

        ways[0] = 1;
        var rank = new int[_nodes.Count];
        for (var i = 0; i < finished.Count; i++)
        {
            rank[finished[i]] = i;
        }

        for (var i = finished.Count - 1; i >= 0; i--)
        {
            var state = finished[i];
            for (var at = starts[state]; at < starts[state + 1]; at++)
            {
                var to = _edges[order[at]].To;
                ways[to] += rank[to] < i ? ways[state] : 0;
            }
        }

        return ways;
    }

    private (int[] Starts, int[] Order) EdgesByState()
    {
        var starts = new int[_nodes.Count + 1];
        foreach (var edge in _edges)
        {
            starts[edge.From + 1]++;
        }

        for (var state = 0; state < _nodes.Count; state++)
        {
            starts[state + 1] += starts[state];
        }

        var next = starts.ToArray();
        var order = new int[_edges.Count];
        for (var i = 0; i < _edges.Count; i++)
        {
            order[next[_edges[i].From]++] = i;
        }

        return (starts, order);
    }

    /// <summary>A step.</summary>
    /// <param name="From">State before.</param>
    /// <param name="To">State behind.</param>
    /// <param name="Move">The choice.</param>
    /// <param name="Length">Moves of the thread that were made with it.</param>
    internal readonly record struct Edge(int From, int To, Move Move, ushort Length);

    private struct Node
    {
        public UInt128 Hash;
        public ulong Asleep;
        public int Outcome;
    }
}
