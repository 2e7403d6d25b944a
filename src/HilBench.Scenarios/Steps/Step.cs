namespace HilBench.Scenarios;

/// <summary>What a step does when it runs.</summary>
internal delegate IEnumerable<Pause> StepBody(ScenarioRun run);

/// <summary>One step of a scenario, read and ready to run any number of times.</summary>
internal sealed record Step(string Name, Place Place, StepBody Body);
