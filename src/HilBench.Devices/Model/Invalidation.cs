using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>One Invalidate Request in the device.</summary>
/// <param name="Range">The block, as the device understood it.</param>
/// <param name="Context">The function, and the PASID of the request or none.</param>
/// <param name="IsGlobal">Global Invalidate of a request with a PASID.</param>
/// <param name="Agent">Who gets the completion.</param>
/// <param name="ITag">Its tag.</param>
/// <param name="TrafficClass">Of the request.</param>
/// <param name="ReadyAt">The first cycle in which it can be processed.</param>
internal readonly record struct Invalidation(
    AtsRange Range,
    Context Context,
    bool IsGlobal,
    RequesterId Agent,
    ITag ITag,
    int TrafficClass,
    ulong ReadyAt)
{
    public int Function => Context.Function;

    /// <summary>It is completed, and nothing more: only in a faulty device.</summary>
    public bool IsVoid { get; init; }

    /// <summary>
    /// True when translations of <paramref name="other"/> are meant: of the same function, and no PASID, Global, or the
    /// same PASID.
    /// </summary>
    public bool Concerns(Context other) =>
        Function == other.Function && (!Context.HasPasid || IsGlobal || Context.HasPasidOf(other));

    /// <summary>
    /// True when a translation of <paramref name="range"/> under <paramref name="context"/> is meant.
    /// </summary>
    public bool Covers(AtsRange range, Context context, bool isGlobal) => Range.Overlaps(range)
        && (Concerns(context) || (isGlobal && Function == context.Function));
}
