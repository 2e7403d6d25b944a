using HilBench.Checking;

namespace HilBench.Scenarios;

/// <summary>Told how a run goes on.</summary>
public interface IRunProgress
{
    /// <summary>A scenario is about to run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="index">From 0.</param>
    /// <param name="total">Scenarios of this run.</param>
    void ScenarioStarted(string name, int index, int total);

    /// <summary>A scenario ended.</summary>
    void ScenarioFinished(ScenarioResult result);
}
