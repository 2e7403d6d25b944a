using HilBench.Checking;

namespace HilBench.Cli.Commands;

/// <summary>Everything that can be listed. Each list comes from the one place that knows it.</summary>
internal static class ListTopics
{
    /// <summary>All topics.</summary>
    public static IReadOnlyList<ListTopic> All { get; } =
    [
        new("rules", "what a device (or the host) must do", _ => Rules()),
    ];

    private static List<ListItem> Rules() =>
        [.. RuleCatalogue.All.Select(rule => new ListItem(rule.Id, rule.Sentence)
        {
            More =
            [
                new("subject", rule.Subject.ToString().ToLowerInvariant()),
                new("severity", rule.Severity.ToString().ToLowerInvariant()),
                new("observation", rule.Observation),
                new("source", rule.Source),
                new("confidence", rule.Confidence.ToString()),
            ],
        })];
}
