using HilBench.TranslationAgent;

namespace HilBench.Checking;

/// <summary>A function that a checker watches.</summary>
/// <param name="Layout">What discovery found.</param>
/// <param name="Pasids">Which address space each of its PASIDs stands for.</param>
public sealed record CheckedFunction(FunctionLayout Layout, PasidTable Pasids);
