using HilBench.Devices;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>Explores litmus tests, on the model and, where it is built, on the Verilated reference device.</summary>
internal static class ExplorationBench
{
    public static readonly string[] Devices = ["model:", "rtl:"];

    /// <summary>Opens a device; the test is skipped when the RTL is not built.</summary>
    public static IDevice Open(string uri)
    {
        Assert.That(DeviceUri.TryParse(uri, out var parsed, out var error), Is.True, error);
        var folder = FindLibraries();
        if (parsed!.Scheme == DeviceScheme.Rtl && folder is null)
        {
            Assert.Ignore("the Verilated reference device is not built here");
        }

        return DeviceFactory.Open(parsed, new DeviceLocations(folder ?? "."));
    }

    /// <summary>Explores a test.</summary>
    public static ExploreResult Explore(
        LitmusProgram program, string device = "model:", ExploreOptions? options = null, CancellationToken cancel = default)
    {
        using var opened = Open(device);
        return new Explorer(program, opened, options ?? new ExploreOptions(), TimeProvider.System).Explore(new Silent(), cancel);
    }

    /// <summary>Texts of all outcomes, in order.</summary>
    public static IReadOnlyList<string> Texts(ExploreResult result) => [.. result.Outcomes.Select(outcome => outcome.Text)];

    /// <summary>The only built-in test of a name.</summary>
    public static LitmusProgram Load(string name) => LitmusCatalogue.Load(name).Single();

    /// <summary>A host in which one call site has another placement.</summary>
    public static ExploreOptions With(string placement)
    {
        var (site, code) = LitmusKernelOptions.Placement(placement);
        return new ExploreOptions { Bench = new BenchOptions { Profile = KernelProfile.Default.With(site, code) } };
    }

    private static string? FindLibraries()
    {
        for (var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            var libraries = Path.Combine(folder.FullName, "out", "hdl");
            if (File.Exists(Path.Combine(libraries, "libhilbench_rtl.so")))
            {
                return libraries;
            }
        }

        return null;
    }

    /// <summary>Says nothing.</summary>
    public sealed class Silent : IExploreProgress
    {
        public void Explored(string name, int states, long transitions, int depth)
        {
            // Nobody looks.
        }
    }
}
