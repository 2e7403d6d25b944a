using HilBench.Memory;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>A process of a scenario.</summary>
internal sealed record ScenarioProcess(string Name, AddressSpace Space, Pasid? Pasid, SvaBinding? Binding, int Function);
