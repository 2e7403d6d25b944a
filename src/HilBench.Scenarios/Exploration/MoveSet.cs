namespace HilBench.Scenarios;

/// <summary>Moves as bits.</summary>
internal static class MoveSet
{
    private const int Lanes = 4;
    private const int Threads = 32;

    /// <summary>The bit of a move.</summary>
    public static ulong BitOf(Move move) => 1UL << move.Kind switch
    {
        MoveKind.Thread => move.First,
        MoveKind.Take => Threads + move.First,
        MoveKind.Deliver => Threads + Lanes + move.First,
        MoveKind.DeliverTwo => Threads + 2 * Lanes + move.First * Lanes + move.Second,
        _ => Threads + 2 * Lanes + Lanes * Lanes,
    };
}
