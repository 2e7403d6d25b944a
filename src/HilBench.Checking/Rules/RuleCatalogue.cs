using System.Collections.Frozen;

namespace HilBench.Checking;

/// <summary>All rules, in the order of the documentation. The single home of their texts; docs/rules.md is generated from it.</summary>
public static class RuleCatalogue
{
    /// <summary>Every rule.</summary>
    public static IReadOnlyList<Rule> All { get; } =
    [
        .. CapabilityRules.All, .. RequestRules.All, .. CompletionUseRules.All, .. TrafficRules.All,
        .. InvalidationRules.All, .. InvalidationProtocolRules.All, .. OrderingRules.All, .. LifeCycleRules.All,
        .. PasidRules.All, .. PageRequestRules.All, .. MalformedInputRules.All,
        .. SubscriberRules.All,
    ];

    private static readonly FrozenDictionary<string, Rule> _byId = All.ToFrozenDictionary(rule => rule.Id);

    /// <summary>The rule with this id.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static Rule Get(string id) => _byId[id];

    /// <summary>The rule with this id, or null.</summary>
    public static Rule? Find(string id) => _byId.GetValueOrDefault(id);
}
