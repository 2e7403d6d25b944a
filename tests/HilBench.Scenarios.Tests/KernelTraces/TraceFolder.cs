namespace HilBench.Scenarios.Tests.KernelTraces;

/// <summary>Where the golden traces lie.</summary>
internal static class TraceFolder
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("HILBENCH_KERNEL_TRACES") is { } folder)
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
