using System.Text.Json.Serialization;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>A run of pages in a page table.</summary>
internal sealed record TracePages(
    [property: JsonConverter(typeof(TraceNumberConverter))] ulong At, int Pages, string Level, string Entry, string Flags,
    string? Page = null, ulong? Id = null, int? Order = null, int? Sub = null, int? Mapcount = null, ulong? Slot = null);
