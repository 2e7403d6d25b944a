using HilBench.Journal;

namespace HilBench.TranslationAgent;

/// <summary>The policies by the names that the command line and scenario files use.</summary>
public static class InvalidationPolicies
{
    private static readonly string[] _names = ["4k", "exact", "cover", "global"];

    /// <summary>All names, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> Names => _names;

    /// <summary>The name of a policy.</summary>
    public static string NameOf(InvalidationPolicy policy) => _names[(int)policy];

    /// <summary>The policy with this name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static InvalidationPolicy Parse(string name)
    {
        var index = Array.IndexOf(_names, name);
        return index >= 0
            ? (InvalidationPolicy)index
            : throw new InputException($"there is no invalidation policy '{name}'", $"Use one of: {string.Join(", ", _names)}.");
    }
}
