namespace HilBench.Checking;

/// <summary>A program that failed, before and after it was made small.</summary>
/// <param name="Program">Number of the program, from 1.</param>
/// <param name="Result">How the small program ends.</param>
/// <param name="StepsBefore">Steps of the program as it was drawn.</param>
/// <param name="Steps">Steps of the small one.</param>
/// <param name="ShrinkRuns">Runs that making it small took.</param>
/// <param name="Text">The replay file's text.</param>
public sealed record FuzzFinding(long Program, ScenarioResult Result, int StepsBefore, int Steps, int ShrinkRuns, string Text)
{
    /// <summary>The rule that was broken; null: the bench itself failed.</summary>
    public string? Rule => Result.Violations is [var first, ..] ? first.Rule.Id : null;
}
