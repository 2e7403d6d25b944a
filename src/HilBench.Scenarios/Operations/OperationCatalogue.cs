namespace HilBench.Scenarios;

/// <summary>
/// Every operation of the modelled kernel: its step, its members of HilBench.Memory and the call sites that it can reach.
/// </summary>
public static class OperationCatalogue
{
    private static readonly Dictionary<string, OperationDescription> _byId;

    static OperationCatalogue()
    {
        All =
        [
            .. MappingOperations.All,
            .. AccessOperations.All,
            .. ProcessOperations.All,
            .. HugePageOperations.All,
            .. MigrationOperations.All,
            .. PageCacheOperations.All,
            .. TrackingOperations.All,
            .. SubscriberOperations.All,
        ];
        _byId = All.ToDictionary(operation => operation.Id);
    }

    /// <summary>All operations, by theme.</summary>
    public static IReadOnlyList<OperationDescription> All { get; }

    /// <summary>The operation of that name, or null.</summary>
    public static OperationDescription? Find(string id) => _byId.GetValueOrDefault(id);
}
