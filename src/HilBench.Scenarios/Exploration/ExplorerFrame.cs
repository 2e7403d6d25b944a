namespace HilBench.Scenarios;

/// <summary>A state on the path that an exploration is on.</summary>
/// <param name="state">Its number.</param>
/// <param name="moves">What is to be tried.</param>
/// <param name="asleep">What need not be tried: it was, and what came in between does not matter to it.</param>
internal sealed class ExplorerFrame(int state, Move[] moves, List<(Move Move, Footprint Footprint)> asleep)
{
    public int State { get; } = state;

    public Move[] Moves { get; } = moves;

    public List<(Move Move, Footprint Footprint)> Asleep { get; } = asleep;

    /// <summary>The move that is being tried, and how many of its thread were made with it.</summary>
    public (Move Move, ushort Length) Taken { get; set; }

    /// <summary>Index of the next move to try.</summary>
    public int Next { get; set; }

    /// <summary>Whether the machine stands elsewhere and must go back first.</summary>
    public bool IsLeft { get; set; }

    /// <summary>Whether the state was seen for the first time.</summary>
    public bool IsNew { get; init; }

    /// <summary>Whether something can happen here: a try led to another state, or what is left out would.</summary>
    public bool HasProgress { get; set; }

    /// <summary>Violations that the checker had found.</summary>
    public int Violations { get; init; }

    /// <summary>The thread that moved last; -1: none.</summary>
    public int Thread { get; init; } = -1;

    /// <summary>Preemptions on the path.</summary>
    public int Preemptions { get; init; }
}
