using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>One CPU operation as random programs use it.</summary>
/// <param name="Id">Name of the step.</param>
/// <param name="Group">The group that it is drawn with.</param>
/// <param name="Weight">How often it comes, compared with others.</param>
/// <param name="Make">Makes the steps; none when the program has nothing that it could be done to.</param>
internal sealed record FuzzOperation(string Id, OperationGroup Group, int Weight, Func<FuzzAim, IEnumerable<YamlMappingNode>> Make);
