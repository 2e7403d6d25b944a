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

    /// <summary>A move as a number, for files.</summary>
    public static ushort CodeOf(Move move) => (ushort)((int)move.Kind << 12 | move.First << 4 | move.Second);

    /// <summary>The move of a number.</summary>
    public static Move MoveOf(ushort code) => new((MoveKind)(code >> 12), (byte)(code >> 4 & 0xFF), (byte)(code & 0xF));
}
