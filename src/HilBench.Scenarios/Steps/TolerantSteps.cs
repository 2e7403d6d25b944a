using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>Moves one step of a tolerant scenario: what asks for the impossible ends there, and the next step comes.</summary>
internal sealed class TolerantSteps(Step step, ScenarioRun run) : IDisposable
{
    private IEnumerator<Pause>? _pauses;

    public Pause Current => _pauses!.Current;

    public bool MoveNext()
    {
        try
        {
            run.LastStep = step;
            _pauses ??= step.Body(run).GetEnumerator();
            return _pauses.MoveNext();
        }
        catch (InputException)
        {
            return false;
        }
    }

    public void Dispose() => _pauses?.Dispose();
}
