using HilBench.TranslationAgent;

namespace HilBench.Checking;

/// <summary>What the oracle needs of a function.</summary>
/// <param name="Number">0 to 7.</param>
/// <param name="Pasids">Which address space each of its PASIDs stands for.</param>
/// <param name="Blame">Finds an ended translation behind wrong data.</param>
internal sealed record OracleFunction(int Number, PasidTable Pasids, StaleUseBlame Blame);
