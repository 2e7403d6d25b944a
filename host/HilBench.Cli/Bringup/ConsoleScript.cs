using HilBench.Journal;

namespace HilBench.Cli.Bringup;

/// <summary>Lines that no person types: the first error ends them, with its place.</summary>
internal static class ConsoleScript
{
    /// <summary>Carries lines out until one says quit.</summary>
    /// <exception cref="InputException">A line is wrong; file, line and column are named.</exception>
    /// <exception cref="ScriptFailure">An expectation does not hold.</exception>
    /// <exception cref="BenchException">The device or the way to it failed; file and line are named.</exception>
    public static void Run(ConsoleSession session, string file, IEnumerable<string> lines)
    {
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            try
            {
                session.Execute(line);
            }
            catch (ConsoleFault fault) when (fault.IsExpectation)
            {
                throw new ScriptFailure($"{file}:{number}:{fault.Column}: {fault.What}: {line.Trim()}");
            }
            catch (ConsoleFault fault)
            {
                throw new InputException(file, number, fault.Column, fault.What, fault.Fix.Length == 0 ? "See: help" : fault.Fix);
            }
            catch (BenchException e)
            {
                throw new BenchException(e.Layer, $"{file}:{number}: {e.What}", e.Advice, e);
            }

            if (session.IsOver)
            {
                return;
            }
        }
    }
}
