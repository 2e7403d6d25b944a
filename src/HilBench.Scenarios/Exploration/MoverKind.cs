namespace HilBench.Scenarios;

/// <summary>How a move of a thread can be swapped with moves of others (Lipton's movers).</summary>
internal enum MoverKind : byte
{
    /// <summary>With all: nobody else minds. It drops locks at most.</summary>
    Local = 0,

    /// <summary>It takes locks, and is local otherwise: what others do behind it could as well happen before it.</summary>
    Taker,

    /// <summary>Its place among the moves of others matters.</summary>
    Visible,
}
