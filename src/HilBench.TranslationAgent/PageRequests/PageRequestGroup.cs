using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>The Page Requests with one PRG index, up to the one with L.</summary>
/// <param name="Index">PRG index, 0 to 511.</param>
/// <param name="Pasid">Their PASID; null: none.</param>
/// <param name="Pages">What they ask for, in order.</param>
public sealed record PageRequestGroup(int Index, Pasid? Pasid, IReadOnlyList<RequestedPage> Pages);
