namespace HilBench.Cli.Bringup;

/// <summary>An expectation of a script does not hold: the device is wrong.</summary>
/// <param name="message">The place, and what was found.</param>
internal sealed class ScriptFailure(string message) : Exception(message);
