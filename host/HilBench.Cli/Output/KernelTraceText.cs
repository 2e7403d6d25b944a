using System.Text.Json;
using HilBench.Scenarios.KernelTraces;

namespace HilBench.Cli.Output;

/// <summary>Shows what a check of golden traces found.</summary>
internal static class KernelTraceText
{
    /// <summary>One line for each trace that differs, its differences below it, and the counts.</summary>
    public static void Print(
        Terminal terminal, IReadOnlyList<KernelTraceResult> results, bool isVerbose, int diffLinesMax)
    {
        foreach (var result in results)
        {
            if (!result.IsMatching)
            {
                Print(terminal.Out, result, isVerbose ? int.MaxValue : diffLinesMax);
            }
            else if (isVerbose)
            {
                terminal.Out.WriteLine($"{result.File}: matches {result.Profile}");
            }
        }

        var matched = results.Count(result => result.IsMatching);
        if (matched < results.Count)
        {
            terminal.Out.WriteLine("(-: the kernel alone, +: the engine alone)");
        }

        terminal.Out.WriteLine($"{matched} matched, {results.Count - matched} differ");
    }

    /// <summary>The same for machines, schema hilbench.kernel-trace/1.</summary>
    public static void Write(Utf8JsonWriter writer, string place, IReadOnlyList<KernelTraceResult> results)
    {
        var matched = results.Count(result => result.IsMatching);
        writer.WriteStartObject();
        writer.WriteString("schema", "hilbench.kernel-trace/1");
        writer.WriteString("place", place);
        writer.WriteStartObject("summary");
        writer.WriteNumber("matched", matched);
        writer.WriteNumber("differ", results.Count - matched);
        writer.WriteEndObject();
        writer.WriteStartArray("traces");
        foreach (var result in results)
        {
            Write(writer, result);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Print(TextWriter output, KernelTraceResult result, int linesMax)
    {
        var first = result.Differences[0];
        output.WriteLine($"{result.File}: differs from {result.Profile} at step {first.Step} {first.Of}: {first.What}");
        var lines = result.Differences.SelectMany(difference => difference.Lines
            .Select(line => $"    {line}")
            .Prepend($"  step {difference.Step} {difference.Of}: {difference.What}")).ToList();
        foreach (var line in lines.Take(linesMax))
        {
            output.WriteLine(line);
        }

        if (lines.Count > linesMax)
        {
            output.WriteLine($"  ... {lines.Count - linesMax} more lines (--verbose shows all)");
        }
    }

    private static void Write(Utf8JsonWriter writer, KernelTraceResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("file", result.File);
        writer.WriteString("name", result.Name);
        writer.WriteString("profile", result.Profile);
        writer.WriteString("verdict", result.IsMatching ? "matched" : "differs");
        writer.WriteStartArray("differences");
        foreach (var difference in result.Differences)
        {
            writer.WriteStartObject();
            writer.WriteNumber("step", difference.Step);
            writer.WriteString("of", difference.Of);
            writer.WriteString("what", difference.What);
            writer.WriteStartArray("lines");
            foreach (var line in difference.Lines)
            {
                writer.WriteStringValue(line);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
