using System.Text.Json;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>One step, and the page tables and mappings after it where they changed.</summary>
internal sealed record TraceStep(
    int N, string Process, string Op, Dictionary<string, JsonElement> Args, Dictionary<string, JsonElement> Result,
    Dictionary<string, List<TracePages>>? Pages = null, Dictionary<string, List<TraceVma>>? Vmas = null)
{
    /// <summary>A number among the arguments.</summary>
    /// <exception cref="FormatException">It is missing, or no number.</exception>
    public ulong Number(string argument) =>
        Args.TryGetValue(argument, out var value) ? Number(argument, value)
        : throw new FormatException($"{Op} has no argument '{argument}'");

    /// <summary>A number among the arguments, or another where it is left out.</summary>
    public ulong Number(string argument, ulong otherwise) =>
        Args.TryGetValue(argument, out var value) ? Number(argument, value) : otherwise;

    /// <summary>An argument as text; empty where it is left out.</summary>
    public string Text(string argument) => Args.TryGetValue(argument, out var value) ? value.ToString() : "";

    /// <summary>The words of an argument that are parted by commas.</summary>
    public string[] Words(string argument) =>
        Text(argument).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The step as a person would write it.</summary>
    public override string ToString() =>
        $"{Op}{string.Concat(Args.Select(arg => $" {arg.Key}={arg.Value}"))}{(Process == "parent" ? "" : $" ({Process})")}";

    private ulong Number(string argument, JsonElement value) =>
        TraceNumber.TryRead(value, out var number) ? number
        : throw new FormatException($"argument '{argument}' of {Op} is {value}, which is no number");
}
