namespace HilBench.Scenarios;

/// <summary>Hears how an exploration goes on.</summary>
public interface IExploreProgress
{
    /// <summary>Called now and then.</summary>
    /// <param name="name">The test.</param>
    /// <param name="states">States seen.</param>
    /// <param name="transitions">Steps tried.</param>
    /// <param name="depth">Choices on the path that it is on.</param>
    void Explored(string name, int states, long transitions, int depth);
}
