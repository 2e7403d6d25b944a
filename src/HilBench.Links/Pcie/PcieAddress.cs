using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace HilBench.Links;

/// <summary>
/// Where a BAR mailbox is: <c>0000:01:00.0</c> (domain, bus, device, function; the domain may be left out), or the path of
/// a shared file that stands for a BAR.
/// </summary>
/// <param name="Function">The PCI function as sysfs names it; null: a file.</param>
/// <param name="Path">The file; null: a function.</param>
public sealed partial record PcieAddress(string? Function, string? Path)
{
    private const string SysfsFolder = "/sys/bus/pci/devices";

    /// <summary>Where the kernel lists PCI functions, or a copy of that folder.</summary>
    public string Functions { get; init; } = SysfsFolder;

    /// <summary>Where sysfs shows the function.</summary>
    public string Folder => $"{Functions}/{Function}";

    /// <summary>Reads what stands behind <c>pcie:</c>.</summary>
    /// <param name="text">Without the scheme and the options.</param>
    /// <param name="address">The address; null on an error.</param>
    /// <param name="error">What is wrong, one clause; null when nothing is.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out PcieAddress? address, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        error = null;
        address = text.Contains('/', StringComparison.Ordinal) ? new PcieAddress(null, text)
            : LongForm().IsMatch(text) ? new PcieAddress(text.ToLowerInvariant(), null)
            : ShortForm().IsMatch(text) ? new PcieAddress($"0000:{text.ToLowerInvariant()}", null)
            : null;
        error = address is null ? $"\"pcie:{text}\" is no PCI function: write pcie:0000:01:00.0, or pcie:/path of a shared file" : null;
        return address is not null;
    }

    /// <summary>As it is written in a device URI.</summary>
    public override string ToString() => $"pcie:{Function ?? Path}";

    [GeneratedRegex("^[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]$")]
    private static partial Regex LongForm();

    [GeneratedRegex("^[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]$")]
    private static partial Regex ShortForm();
}
