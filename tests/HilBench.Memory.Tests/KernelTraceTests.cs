using HilBench.Memory.Tests.KernelTraces;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>The engine against the golden traces of real kernels.</summary>
public sealed class KernelTraceTests
{
    public static IEnumerable<TestCaseData> Traces()
    {
        foreach (var folder in Directory.GetDirectories(TraceRoot()).Order(StringComparer.Ordinal))
        {
            foreach (var file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
            {
                var name = $"{Path.GetFileName(folder)}/{Path.GetFileNameWithoutExtension(file)}";
                yield return new TestCaseData(file, Path.GetFileName(folder)).SetArgDisplayNames(name);
            }
        }
    }

    [TestCaseSource(nameof(Traces))]
    public void The_engine_tells_its_notifiers_what_Linux_told_them(string file, string folder)
    {
        var profile = KernelProfile.Find(folder.Replace("-2cpu", "", StringComparison.Ordinal))!;

        var differences = TraceReplayer.Replay(KernelTrace.Load(file), profile);

        Assert.That(differences, Is.Empty, string.Join("\n", differences));
    }

    private static string TraceRoot()
    {
        var folder = Environment.GetEnvironmentVariable("HILBENCH_KERNEL_TRACES");
        if (folder is not null)
        {
            return folder;
        }

        for (var at = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "tests", "kernel-traces");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("tests/kernel-traces");
    }
}
