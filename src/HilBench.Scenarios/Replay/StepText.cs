using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>Makes the YAML of steps and scenarios, as people would write it: a step on one line.</summary>
internal static class StepText
{
    /// <summary>A step with its keys.</summary>
    public static YamlMappingNode Step(string name, params ReadOnlySpan<(string Key, string Value)> keys)
    {
        var arguments = new YamlMappingNode { Style = MappingStyle.Flow };
        foreach (var (key, value) in keys)
        {
            arguments.Add(key, value);
        }

        return new YamlMappingNode { { name, arguments } };
    }

    /// <summary>The step that runs branches at once.</summary>
    public static YamlMappingNode Together(IEnumerable<YamlSequenceNode> branches, int deviceCycles) => new()
    {
        {
            "together", new YamlMappingNode
            {
                { "device-cycles", Number(deviceCycles) },
                { "branches", new YamlSequenceNode(branches.Select(steps => new YamlMappingNode { { "steps", steps } })) },
            }
        },
    };

    /// <summary>The step that goes on with some steps as long as other branches have something to do, but only so many times.</summary>
    public static YamlMappingNode WhileOthers(YamlSequenceNode steps, int times) => new()
    {
        { "repeat", new YamlMappingNode { { "while", "others" }, { "times", Number(times) }, { "steps", steps } } },
    };

    /// <summary>A number as scenario files have it.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>An address or a size: hexadecimal from 4096 on.</summary>
    public static string Hex(ulong value) => value < 4096
        ? value.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    /// <summary>The text of a YAML node.</summary>
    public static string Of(YamlNode node)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, newLine: "\n"));
        new YamlStream(new YamlDocument(node)).Save(emitter, assignAnchors: false);
        var end = $"...\n";
        var written = text.ToString();
        return written.EndsWith(end, StringComparison.Ordinal) ? written[..^end.Length] : written;
    }
}
