using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>A memory read or atomic whose data is not all back yet; one for each tag.</summary>
internal struct OutstandingRead
{
    public int RemainingBytes; // 0: the tag is free
    public int OffsetDw;       // of the next DW within the operation
    public bool IsTranslated;
    public AtsRange UsedRange;
    public bool UsesGlobal;
    public Context Context;
}
