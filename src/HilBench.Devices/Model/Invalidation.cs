using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>One Invalidate Request in the device.</summary>
/// <param name="Range">The block, as the device understood it.</param>
/// <param name="Context">The PASID of the request, or none.</param>
/// <param name="IsGlobal">Global Invalidate.</param>
/// <param name="Agent">Who gets the completion.</param>
/// <param name="ITag">Its tag.</param>
/// <param name="ReadyAt">The first cycle in which it can be processed.</param>
internal readonly record struct Invalidation(
    AtsRange Range, Context Context, bool IsGlobal, RequesterId Agent, ITag ITag, ulong ReadyAt)
{
    /// <summary>
    /// True when translations of <paramref name="other"/> are meant: no PASID, Global, or the same PASID.
    /// </summary>
    public bool Concerns(Context other) => !Context.HasPasid || IsGlobal || Context == other;

    /// <summary>
    /// True when a translation of <paramref name="range"/> under <paramref name="context"/> is meant.
    /// </summary>
    public bool Covers(AtsRange range, Context context) => Range.Overlaps(range) && Concerns(context);
}
