namespace HilBench.Checking;

/// <summary>How far a run exercised a rule.</summary>
public enum RuleCoverageState
{
    /// <summary>Nothing is known.</summary>
    None = 0,

    /// <summary>It was put to the test.</summary>
    Exercised,

    /// <summary>The device lacks what the scenarios about it need.</summary>
    NotApplicable,

    /// <summary>No scenario of the run put it to the test.</summary>
    NotExercised,

    /// <summary>This version does not check it.</summary>
    NotImplemented,
}
