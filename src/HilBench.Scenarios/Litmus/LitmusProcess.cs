using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>A process of a litmus test.</summary>
/// <param name="Name">How steps name it.</param>
/// <param name="Pasid">Null: requests without a PASID.</param>
/// <param name="IsBound">Whether the device reaches it.</param>
/// <param name="Function">Of which function of the device.</param>
internal sealed record LitmusProcess(string Name, Pasid? Pasid, bool IsBound, int Function);
