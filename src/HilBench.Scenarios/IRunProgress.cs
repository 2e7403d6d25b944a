using HilBench.Checking;

namespace HilBench.Scenarios;

/// <summary>Told how a run goes on.</summary>
public interface IRunProgress
{
    /// <summary>A fault of a mutation run is about to be tried.</summary>
    /// <param name="fault">Its id.</param>
    /// <param name="index">From 0.</param>
    /// <param name="total">Faults of this run.</param>
    void FaultStarted(string fault, int index, int total)
    {
    }

    /// <summary>A scenario is about to run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="index">From 0.</param>
    /// <param name="total">Scenarios of this run.</param>
    void ScenarioStarted(string name, int index, int total);

    /// <summary>A scenario ended.</summary>
    void ScenarioFinished(ScenarioResult result);
}
