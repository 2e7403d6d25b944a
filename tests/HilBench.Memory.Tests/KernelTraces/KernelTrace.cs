using System.Globalization;
using System.Text.Json;

namespace HilBench.Memory.Tests.KernelTraces;

/// <summary>One golden trace: what a real kernel told its notifiers during a named scenario.</summary>
internal sealed record KernelTrace(
    string Name, string Kernel, TraceRegion Region, IReadOnlyList<TraceStep> Steps,
        IReadOnlyList<TraceCallback> Notifier)
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web);

    /// <summary>Reads a trace file.</summary>
    public static KernelTrace Load(string path) =>
        JsonSerializer.Deserialize<KernelTrace>(File.ReadAllBytes(path), _options)
        ?? throw new InvalidDataException($"{path} is empty");
}

/// <summary>The window that is watched.</summary>
internal sealed record TraceRegion(string Base, ulong Bytes)
{
    public ulong Start => TraceNumber.Parse(Base);
}

/// <summary>One step, and the page tables and mappings after it where they changed.</summary>
internal sealed record TraceStep(
    int N, string Process, string Op, Dictionary<string, JsonElement> Args, Dictionary<string, JsonElement> Result,
    Dictionary<string, List<TracePages>>? Pages, Dictionary<string, List<TraceVma>>? Vmas)
{
    public ulong Number(string argument) => TraceNumber.Of(Args[argument]);

    public ulong Number(string argument, ulong otherwise) =>
        Args.TryGetValue(argument, out var value) ? TraceNumber.Of(value) : otherwise;

    public string Text(string argument) => Args.TryGetValue(argument, out var value) ? value.ToString() : "";
}

/// <summary>A run of pages.</summary>
internal sealed record TracePages(
    string At, int Pages, string Level, string Entry, string Flags, string? Page, ulong? Id, int? Order, int? Sub,
    int? Mapcount, ulong? Slot);

/// <summary>A mapping.</summary>
internal sealed record TraceVma(string Start, string End, string Perms, string Offset, string Backing);

/// <summary>One callback.</summary>
internal sealed record TraceCallback(
    int Step, string Mm, string Op, string? Start, string? End, string? Event, bool? Blockable, bool? Owner,
    string[]? Vma, bool Implied, bool Atomic, int? Interval, ulong? NewPage, bool? NewWritable, int? Answer)
{
    public override string ToString() =>
        $"{Mm} {Op} {Start} {End} {Event}{(Blockable == false ? " non-blockable" : "")}{(Implied ? " implied" : "")}"
        + $"{(Atomic ? " atomic" : "")}{(Vma is null ? "" : $" vma {Vma[0]}-{Vma[1]}")}"
        + $"{(NewPage is null ? "" : $" page {NewPage} {NewWritable}")}{(Answer is null ? "" : $" answer {Answer}")}"
        + $"{(Interval is null ? "" : $" interval {Interval}")}";
}

/// <summary>Numbers as the files write them.</summary>
internal static class TraceNumber
{
    public static ulong Parse(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    public static ulong Of(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetUInt64() : Parse(value.GetString()!);
}
