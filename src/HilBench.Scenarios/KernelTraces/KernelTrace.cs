using System.Text.Json;
using System.Text.RegularExpressions;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>
/// One golden trace: what a real kernel told its MMU notifiers during a named scenario. docs/kernel-traces.md describes
/// the format.
/// </summary>
internal sealed partial record KernelTrace(
    string Name, string Kernel, TraceRegion Region, IReadOnlyList<TraceStep> Steps,
    IReadOnlyList<TraceCallback> Notifier, Dictionary<string, List<TracePages>> PagesBefore,
    Dictionary<string, List<TracePages>> PagesAfter, Dictionary<string, List<TraceVma>> VmasAfter)
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads a trace file.</summary>
    /// <exception cref="InputException">It cannot be read, or is no trace.</exception>
    public static KernelTrace Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<KernelTrace>(File.ReadAllBytes(path), _options)
                ?? throw new InputException(path, 1, 1, "there is no trace", "A trace is one JSON object.");
        }
        catch (JsonException wrong)
        {
            var (line, column) = ((int)(wrong.LineNumber ?? 0) + 1, (int)(wrong.BytePositionInLine ?? 0) + 1);
            var what = PlaceText().Replace(wrong.Message, "").TrimEnd('.', ' ');
            throw new InputException(path, line, column, what, "docs/kernel-traces.md describes the format.");
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, 0, 0, $"cannot be read ({cause.Message})", "Name a trace, or a folder of them.");
        }
    }

    /// <summary>The profile of the kernel on which it was recorded.</summary>
    /// <exception cref="InputException">No profile stands for that kernel.</exception>
    public KernelProfile ProfileOf(string path)
    {
        var version = Version().Match(Kernel);
        return (version.Success ? KernelProfile.Find($"linux-{version.Value}") : null)
            ?? throw new InputException(
                path, 0, 0, $"no profile stands for the kernel '{Kernel}'",
                $"There are {string.Join(", ", KernelProfile.All.Select(profile => profile.Name))}; --profile names one.");
    }

    [GeneratedRegex(@" Path: .*$", RegexOptions.Singleline)]
    private static partial Regex PlaceText();

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Version();
}
