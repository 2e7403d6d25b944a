using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using HilBench.Devices;

namespace HilBench.Cli.Commands;

/// <summary>Looks at what the bench needs of this machine. Changes nothing.</summary>
internal sealed class Doctor(DeviceLocations locations)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>Everything that was looked at.</summary>
    public IReadOnlyList<DoctorFinding> Examine()
    {
        var isBuilt = File.Exists(locations.CleanRtl) && File.Exists(locations.FaultyRtl);
        return
        [
            new("dotnet", "runs the bench", DoctorStatus.Present, RuntimeInformation.FrameworkDescription, ""),
            Tool("make", "builds the bench and the reference device", ["make"], "apt-get install make", isBuilt),
            Tool("c++", "compiles the Verilated reference device", ["c++", "g++", "clang++"], "apt-get install g++", isBuilt),
            Tool("verilator", "turns the reference device's RTL into C++", ["verilator"], "apt-get install verilator", isBuilt),
            Header(isBuilt),
            new(
                "rtl",
                "the Verilated reference device (rtl:)",
                isBuilt ? DoctorStatus.Present : DoctorStatus.Missing,
                isBuilt ? locations.LibraryFolder : "",
                isBuilt ? "" : "make build; until then use --device model:"),
        ];
    }

    private static DoctorFinding Tool(string id, string summary, string[] commands, string advice, bool isBuilt)
    {
        foreach (var command in commands)
        {
            if (FirstLine(command, "--version") is { } version)
            {
                return new(id, summary, DoctorStatus.Present, version, "");
            }
        }

        return new(id, summary, isBuilt ? DoctorStatus.NotNeeded : DoctorStatus.Missing, "", advice);
    }

    private static DoctorFinding Header(bool isBuilt)
    {
        const string Summary = "compresses waves of the reference device";
        const string Path = "/usr/include/zlib.h";
        return File.Exists(Path)
            ? new("zlib", Summary, DoctorStatus.Present, Path, "")
            : new("zlib", Summary, isBuilt ? DoctorStatus.NotNeeded : DoctorStatus.Missing, "", "apt-get install zlib1g-dev");
    }

    /// <summary>What the command says first, or null when there is no such command.</summary>
    private static string? FirstLine(string command, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, argument)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var line = process.StandardOutput.ReadLine();
            process.StandardOutput.ReadToEnd();
            if (!process.WaitForExit(_patience))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }

            return process.ExitCode == 0 ? line : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
