using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>Whose translations an invalidation ends.</summary>
/// <param name="Pasid">The PASID; null for requests without a PASID prefix.</param>
/// <param name="IsGlobal">Whether the Global Invalidate bit is set.</param>
public readonly record struct InvalidationTarget(Pasid? Pasid, bool IsGlobal = false);
