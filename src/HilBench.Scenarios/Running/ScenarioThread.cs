namespace HilBench.Scenarios;

/// <summary>A CPU that a scenario stops and moves itself.</summary>
internal sealed class ScenarioThread(string name, IEnumerator<Pause> steps, Place place)
{
    public IEnumerator<Pause> Steps { get; } = steps;

    public bool HasEnded { get; set; }

    /// <summary>At the end of the scenario.</summary>
    public void MustHaveEnded()
    {
        if (!HasEnded)
        {
            throw place.Error($"the thread '{name}' has not ended", $"Add 'go: {{ thread: {name} }}'.");
        }
    }
}
