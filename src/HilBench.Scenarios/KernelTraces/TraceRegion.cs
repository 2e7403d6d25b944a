using System.Text.Json.Serialization;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>The window that is watched; all addresses of a trace are offsets from its base.</summary>
internal sealed record TraceRegion(
    [property: JsonPropertyName("base"), JsonConverter(typeof(TraceNumberConverter))] ulong Start, ulong Bytes);
