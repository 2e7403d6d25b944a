using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Finds the kernel that a user has named.</summary>
internal static class ProfileChoice
{
    /// <summary>The profile of a name; null: the default.</summary>
    /// <exception cref="InputException">There is none of that name.</exception>
    public static KernelProfile Of(string? name) => name is null
        ? KernelProfile.Default
        : KernelProfile.Find(name) ?? throw new InputException(
            $"there is no kernel profile '{name}'", NearestName.Suggest(name, KernelProfile.All.Select(profile => profile.Name)));
}
