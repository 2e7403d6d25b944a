namespace HilBench.Checking;

/// <summary>A program that failed, before and after it was made small.</summary>
/// <param name="Program">Number of the program, from 1.</param>
/// <param name="Rule">The first broken rule that fails it; null: the bench itself failed.</param>
/// <param name="Result">How the small program ends.</param>
/// <param name="StepsBefore">Steps of the program as it was drawn.</param>
/// <param name="Steps">Steps of the small one.</param>
/// <param name="ShrinkRuns">Runs that making it small took.</param>
/// <param name="Text">The replay file's text.</param>
public sealed record FuzzFinding(long Program, string? Rule, ScenarioResult Result, int StepsBefore, int Steps, int ShrinkRuns, string Text)
{
    /// <summary>Whether the device broke the rule: not the modelled host, nor the bench itself.</summary>
    public bool IsOfDevice => Rule is not null && RuleCatalogue.Find(Rule)?.Subject != RuleSubject.Host;
}
