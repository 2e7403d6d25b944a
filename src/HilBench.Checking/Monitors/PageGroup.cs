namespace HilBench.Checking;

/// <summary>The Page Requests with one PRG index that are out.</summary>
internal struct PageGroup
{
    /// <summary>Pages that are remembered of a group.</summary>
    public const int PagesMax = 16;

    /// <summary>Page Requests so far; 0: the index is free.</summary>
    public int Count;

    /// <summary>L was seen.</summary>
    public bool IsComplete;

    /// <summary>The PASID, or <see cref="Grant.NoPasid"/>.</summary>
    public uint Pasid;

    /// <summary>The response is on its way to the device, so many are.</summary>
    public bool IsAnswered;

    public ulong Line;
    public PageList Pages;

    [System.Runtime.CompilerServices.InlineArray(PagesMax)]
    internal struct PageList
    {
        private ulong _first;
    }
}
