using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>A program that fails, with the choices that make it fail.</summary>
/// <param name="Node">The scenario.</param>
/// <param name="Choices">What was chosen.</param>
/// <param name="Failure">How it fails.</param>
/// <param name="Seed">Decides what the choices do not say.</param>
internal sealed record Candidate(YamlMappingNode Node, ChoiceRecord Choices, ExpectedFailure Failure, ulong Seed);
