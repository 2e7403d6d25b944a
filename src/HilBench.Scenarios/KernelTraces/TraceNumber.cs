using System.Globalization;
using System.Text.Json;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>Numbers as the files write them: hexadecimal in a string, or decimal.</summary>
internal static class TraceNumber
{
    /// <summary>Reads a number. False: it is none.</summary>
    public static bool TryRead(string? text, out ulong number) =>
        text is not null && text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Reads a number. False: it is none.</summary>
    public static bool TryRead(JsonElement value, out ulong number)
    {
        number = 0;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetUInt64(out number),
            JsonValueKind.String => TryRead(value.GetString(), out number),
            _ => false,
        };
    }
}
