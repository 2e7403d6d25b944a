using HilBench.TranslationAgent;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>A random program.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seed">Decides what happens when it runs.</param>
/// <param name="Policy">How ranges are cut into Invalidate Requests.</param>
/// <param name="Node">The scenario.</param>
internal sealed record FuzzProgram(string Name, ulong Seed, InvalidationPolicy Policy, YamlMappingNode Node)
{
    /// <summary>Whether it was made from another one.</summary>
    public bool IsMutated { get; init; }
}
