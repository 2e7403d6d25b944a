using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HilBench.Cli.Commands;

namespace HilBench.Cli.Output;

/// <summary>Machine-readable answers on stdout.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes one JSON document and a line end.</summary>
    public static void Write(TextWriter output, Action<Utf8JsonWriter> content)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, _options))
        {
            content(writer);
        }

        output.WriteLine(Encoding.UTF8.GetString(bytes.ToArray()));
    }

    /// <summary>Writes an array of objects with id and summary.</summary>
    public static void WriteArray(TextWriter output, IEnumerable<ListItem> items) =>
        Write(output, writer =>
        {
            writer.WriteStartArray();
            foreach (var item in items)
            {
                writer.WriteStartObject();
                writer.WriteString("id", item.Id);
                writer.WriteString("summary", item.Summary);
                foreach (var (name, value) in item.More)
                {
                    writer.WriteString(name, value);
                }

                foreach (var (name, values) in item.Lists)
                {
                    WriteList(writer, name, values);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });

    private static void WriteList(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        var areNumbers = values.All(value => int.TryParse(value, CultureInfo.InvariantCulture, out _));
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            if (areNumbers)
            {
                writer.WriteNumberValue(int.Parse(value, CultureInfo.InvariantCulture));
            }
            else
            {
                writer.WriteStringValue(value);
            }
        }

        writer.WriteEndArray();
    }
}
