namespace HilBench.Scenarios;

/// <summary>How a DMA operation may end.</summary>
internal enum DmaEnd
{
    /// <summary>Without error.</summary>
    Done = 0,

    /// <summary>With "no access": nothing is mapped there.</summary>
    NoAccess,

    /// <summary>Either way: it races.</summary>
    Any,
}
