namespace HilBench.Checking.Tests;

/// <summary>One stimulus with two endings: a device that breaks a rule, and one that does not.</summary>
/// <param name="Rule">The rule that must be the first to be reported.</param>
/// <param name="Mistake">What the bad device does, as a clause.</param>
/// <param name="Tell">Plays the story; the flag: the device makes the mistake.</param>
internal sealed record RuleStory(string Rule, string Mistake, Action<ScriptedLink, bool> Tell)
{
    /// <summary>The rules that the scenario is about: needed where the wire alone leaves a choice.</summary>
    public string[] Focus { get; init; } = [];

    /// <summary>A function that differs from the reference.</summary>
    public Func<FunctionLayout, FunctionLayout>? Layout { get; init; }

    /// <summary>Another rule is reported first, and this one with it.</summary>
    public bool IsCompanion { get; init; }

    /// <summary>How the host took that function for another; null: it did not.</summary>
    public Func<FunctionLayout, FunctionLayout>? MistakenLayout { get; init; }

    public ScriptedLink Play(bool isMistaken)
    {
        var link = new ScriptedLink(isMistaken ? MistakenLayout ?? Layout : Layout);
        link.Checker.Focus = Focus;
        Tell(link, isMistaken);
        return link;
    }

    public override string ToString() => $"{Rule}: {Mistake}";
}
