using System.ComponentModel;
using System.Diagnostics;

namespace HilBench.Native.Tests;

/// <summary>Compiles the small C devices of these tests, each variant once.</summary>
internal static class DeviceCompiler
{
    private static readonly Dictionary<string, string> _built = [];

    /// <summary>The root of the repository: where HilBench.sln lies.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of <c>echo_device.c</c> as a library, built with some of its switches.</summary>
    public static string Echo(params string[] switches)
    {
        var name = switches.Length == 0 ? "echo" : "echo_" + string.Join('_', switches.Select(Letters));
        if (_built.TryGetValue(name, out var path))
        {
            return path;
        }

        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "native");
        path = Path.Combine(Directory.CreateDirectory(folder).FullName, $"{name}.so");
        Compile(path, switches);
        _built.Add(name, path);
        return path;
    }

    private static void Compile(string path, string[] switches)
    {
        var source = Path.Combine(Root, "tests", "HilBench.Native.Tests", "devices", "echo_device.c");
        var start = new ProcessStartInfo("cc") { RedirectStandardError = true };
        string[] arguments =
        [
            "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC",
            "-I", Path.Combine(Root, "hdl", "sim"),
            .. switches.Select(define => $"-D{define}"),
            "-o", path, source,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var compiler = Process.Start(start)!;
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.That(compiler.ExitCode, Is.Zero, errors);
        }
        catch (Win32Exception e)
        {
            Assert.Ignore($"there is no C compiler here (cc): {e.Message}");
        }
    }

    private static string Letters(string text) => new([.. text.Where(char.IsAsciiLetterOrDigit)]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HilBench.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("HilBench.sln is in no folder above the tests");
    }
}
