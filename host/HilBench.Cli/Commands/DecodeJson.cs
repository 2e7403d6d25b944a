using System.Text.Json;
using HilBench.Pcie;

namespace HilBench.Cli.Commands;

/// <summary>The schema hilbench.decode/1 (docs/cli.md).</summary>
internal static class DecodeJson
{
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<DecodedTlp> tlps)
    {
        writer.WriteStartObject();
        writer.WriteString("schema", "hilbench.decode/1");
        writer.WriteStartArray("tlps");
        foreach (var tlp in tlps)
        {
            writer.WriteStartObject();
            writer.WriteNumber("line", tlp.Line);
            writer.WriteString("bytes", TlpText.Hex(tlp.Bytes));
            writer.WriteString("kind", tlp.Kind.ToString());
            writer.WriteString("text", TlpText.Line(tlp.Bytes));
            if (!tlp.IsTlp)
            {
                writer.WriteStartObject("fault");
                writer.WriteString("reason", tlp.Fault.Reason.ToString());
                writer.WriteNumber("offset", tlp.Fault.Offset);
                writer.WriteString("sentence", tlp.Fault.Sentence);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
