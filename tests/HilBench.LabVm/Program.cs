using System.Reflection;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace HilBench.LabVm;

/// <summary>
/// Runs the fixtures of this assembly whose name contains the argument, and prints a line for each test. <c>gear RELAY SAG BOARD SERIAL</c>
/// is the bench around a board instead: <see cref="LabGear"/>.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments) => arguments is ["gear", var relay, var sag, var board, var serial]
        ? LabGear.Run(relay, sag, board, serial)
        : RunTests(arguments[0]);

    private static int RunTests(string name)
    {
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        runner.Load(Assembly.GetExecutingAssembly(), new Dictionary<string, object> { ["NumberOfTestWorkers"] = 0 });
        var filter = TestFilter.FromXml($"<filter><class re='1'>.*{name}.*</class></filter>");
        var result = runner.Run(new Printer(), filter);
        Console.WriteLine($"{result.PassCount} passed, {result.FailCount} failed");
        return result.PassCount > 0 && result.FailCount == 0 && result.SkipCount == 0 ? 0 : 1;
    }

    private sealed class Printer : ITestListener
    {
        public void TestStarted(ITest test)
        {
        }

        public void TestFinished(ITestResult result)
        {
            if (!result.Test.IsSuite)
            {
                Console.WriteLine($"{result.ResultState.Status,-7} {result.Duration,6:0.00} s  {result.FullName}");
                Console.Write(string.IsNullOrEmpty(result.Message) ? "" : $"{result.Message}\n{result.StackTrace}\n");
            }
        }

        public void TestOutput(TestOutput output)
        {
        }

        public void SendMessage(TestMessage message)
        {
        }
    }
}
