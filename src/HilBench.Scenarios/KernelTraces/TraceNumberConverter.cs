using System.Text.Json;
using System.Text.Json.Serialization;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>Reads the numbers of a trace.</summary>
internal sealed class TraceNumberConverter : JsonConverter<ulong>
{
    /// <inheritdoc/>
    public override ulong Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TraceNumber.TryRead(reader.GetString(), out var number) ? number
        : throw new JsonException("here stands a hexadecimal number in quotes, such as \"0x1000\"");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"0x{value:x}");
}
