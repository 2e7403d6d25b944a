namespace HilBench.Scenarios;

/// <summary>How a DMA operation may end; the value is the error code of docs/exerciser.md.</summary>
internal enum DmaEnd
{
    /// <summary>Either way: it races.</summary>
    Any = -1,

    /// <summary>With any error: the host refused or damaged the translation.</summary>
    Refused = -2,

    /// <summary>In any way, but it must end.</summary>
    Either = -3,

    /// <summary>Without error.</summary>
    Done = 0,

    /// <summary>With "no access": nothing is mapped there.</summary>
    NoAccess = 1,

    /// <summary>Refused by the function itself: what it needs is off.</summary>
    Disabled = 5,

    /// <summary>The page request was answered Invalid Request.</summary>
    InvalidPage = 7,

    /// <summary>Response Failure, or page requests are off.</summary>
    PageFailure = 8,

    /// <summary>The PASID was stopped.</summary>
    Stopped = 9,
}
