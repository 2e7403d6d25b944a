namespace HilBench.Scenarios;

/// <summary>What a step of a litmus file is read from.</summary>
/// <param name="Map">Its arguments.</param>
/// <param name="Register">The register that gets its value; null: none.</param>
/// <param name="IsDevice">Whether it stands in a thread of a device.</param>
/// <param name="Names">The names of the file.</param>
internal sealed record LitmusStepContext(MapReader Map, string? Register, bool IsDevice, LitmusNames Names);
